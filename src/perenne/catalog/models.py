"""What the vendor sells, where, for how much and under which policies; all of it versioned data."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Vendor(models.Model):
    """The one vendor of this installation."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.TextField()
    locale = models.TextField()
    locales = ArrayField(models.TextField())

    class Meta:
        constraints = [models.CheckConstraint(name="there_is_one_vendor", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.name


class Region(models.Model):
    """Countries that share a currency, a seller and a time zone; its day is the contract's day."""

    code = models.TextField(primary_key=True)
    countries = ArrayField(models.TextField())
    currency = models.CharField(max_length=3)
    # ISO 4217's exponent, stored so that a later edition of the list moves no amount.
    currency_exponent = models.PositiveSmallIntegerField()
    billing_step_minor = models.PositiveIntegerField(
        help_text="Smallest amount billed, in minor units: TWD is billed in whole dollars, 100."
    )
    time_zone = models.TextField()
    seller = models.TextField()
    seller_country = models.CharField(max_length=2)
    # What documents print of the seller, line by line; empty where the vendor has not said.
    seller_address = ArrayField(models.TextField(), default=list, db_default=[])
    seller_tax_id = models.TextField(default="", db_default="", blank=True)
    seller_email = models.TextField(default="", db_default="", blank=True)
    seller_bank = ArrayField(models.TextField(), default=list, db_default=[])
    tax = models.JSONField(help_text="name, rate or by_country, reverse_charge")
    # Limits only what a person may newly do on line; what is on file is executed everywhere.
    actions_enabled = ArrayField(models.TextField())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="billing_step_is_positive", condition=Q(billing_step_minor__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Product(models.Model):
    """A product, a collection of products, or a plan."""

    code = models.TextField(primary_key=True)
    kind = models.TextField(
        choices=[("product", "product"), ("collection", "collection"), ("plan", "plan")]
    )
    names = models.JSONField(help_text="Name by locale.")
    features = ArrayField(models.TextField(), default=list)
    threshold = models.JSONField(null=True, help_text="Of a plan: basis and at_least.")
    # Whether customers may change its seats and terms on line.
    is_self_service = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="product_kind_is_known",
                condition=Q(kind__in=["product", "collection", "plan"]),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CollectionContent(models.Model):
    """A seat of the collection entitles to this product."""

    collection = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="contents")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="contained_in")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="content_listed_once", fields=["collection", "product"]),
            models.CheckConstraint(
                name="collection_does_not_contain_itself", condition=~Q(collection=F("product"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.collection_id} contains {self.product_id}"


class AccessModel(models.Model):
    """How a product is used: by named users, or formerly by any of many users."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="access_models")
    access = models.TextField()
    # No sale or renewal whose first day is on or after it; running terms run out.
    retired_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="access_model_listed_once", fields=["product", "access"]),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.access}"


class Offer(models.Model):
    """What can be bought: product, access model and term length. Its id is ``LT/named_user/12``."""

    id = models.TextField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="offers")
    access = models.TextField()
    months = models.PositiveSmallIntegerField()
    sold_from = models.DateField(null=True)
    sold_until = models.DateField(null=True, help_text="First day on which it is no longer sold.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="offer_listed_once", fields=["product", "access", "months"]
            ),
            models.CheckConstraint(name="offer_lasts_a_month", condition=Q(months__gte=1)),
        ]

    def __str__(self) -> str:
        return self.id


class PriceList(models.Model):
    """A published version of a region's prices; never edited, only followed by another."""

    id = models.TextField(primary_key=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="price_lists")
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    derived_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True)
    factor = models.TextField(default="", help_text="Exact decimal, of a derived list.")
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="price_list_version", fields=["region", "version"]),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.valid_from} v{self.version}"


class Price(models.Model):
    """Unit prices of one offer, before tax, rounded per seat when the list was published."""

    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="prices")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT)
    new_minor = models.BigIntegerField()
    renewal_minor = models.BigIntegerField()
    # What the list's author gave; derived lists multiply these, not the results.
    renewal_was_given = models.BooleanField()
    new_trace = models.JSONField()
    renewal_trace = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="offer_priced_once", fields=["price_list", "offer"]),
            models.CheckConstraint(
                name="prices_are_not_negative",
                condition=Q(new_minor__gte=0) & Q(renewal_minor__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.price_list_id} {self.offer_id}"


class Campaign(models.Model):
    """A limited offer, such as two named-user seats for one multi-user seat."""

    code = models.TextField(primary_key=True)
    kind = models.TextField()
    opens_on = models.DateField()
    last_day = models.DateField()
    terms = models.JSONField(help_text="source, target, ratio, price rule, once per seat, regions")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="campaign_lasts_a_day", condition=Q(last_day__gte=F("opens_on"))
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PolicyVersion(models.Model):
    """Settings of a policy from a day on; the most specific that applies decides."""

    code = models.TextField()
    valid_from = models.DateField()
    extends = models.TextField(default="")
    applies_to = models.JSONField(default=dict)
    settings = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="policy_version", fields=["code", "valid_from"]),
        ]

    def __str__(self) -> str:
        return f"{self.code} from {self.valid_from}"
