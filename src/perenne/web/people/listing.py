"""The people of a company, and adding one."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from perenne.accounts.errors import InvitationError
from perenne.accounts.models import ROLES, Person
from perenne.accounts.operations.inviting import NewPerson, add_people
from perenne.accounts.queries import invitations_open_to, people_visible_to
from perenne.notices.jobs import send_soon
from perenne.web.people_words import invitation_text
from perenne.web.plain_text import PlainNameField
from perenne.web.requests import MemberRequest
from perenne.web.signing_in.profile import LANGUAGES
from perenne.web.words import role_text, roles_text

PAGE_SIZE = 50


def people(request: MemberRequest) -> HttpResponse:
    """Who is there, with which roles, and who was invited; filtered by name, address or role."""
    search, role = request.GET.get("q", "").strip(), request.GET.get("role", "")
    everybody = people_visible_to(request.member)
    shown = everybody.filter(deactivated_at=None)
    if role == "left":
        shown = everybody.exclude(deactivated_at=None)
    elif role in ROLES:
        shown = shown.filter(roles__role=role)
    if search:
        shown = shown.filter(Q(name__icontains=search) | Q(email__icontains=search))
    page = Paginator(shown.prefetch_related("roles"), PAGE_SIZE).get_page(request.GET.get("page"))
    invited = invitations_open_to(request.member, now=request.now)
    return render(
        request,
        "web/people.html",
        {
            "page": page,
            "rows": [
                {"person": person, "roles": roles_of(person), "is_invited": person.pk in invited}
                for person in page
            ],
            "search": search,
            "role": role,
            "roles": [(one, role_text(one)) for one in ROLES],
            "total": everybody.count(),
            "may_hand_over": request.member.may("contract_manager.hand_over"),
        },
    )


def roles_of(person: Person) -> str:
    """The roles of a person in words."""
    held = {one.role for one in person.roles.all()}
    return roles_text(role for role in ROLES if role in held)


class NewPersonForm(forms.Form):
    """Somebody who is to be listed and invited."""

    name = PlainNameField(label=gettext_lazy("Name"))
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    locale = forms.ChoiceField(label=gettext_lazy("Language of pages and mails"), choices=LANGUAGES)

    def clean_email(self) -> str:
        """An address that mail can be written to: no letters beyond ASCII before the @."""
        email: str = self.cleaned_data["email"]
        if not email.partition("@")[0].isascii():
            raise forms.ValidationError(_("We cannot write to this address."))
        return email


class PersonAdditionView(View):
    """GET asks whom, POST lists and invites them."""

    def get(self, request: MemberRequest) -> HttpResponse:
        """An empty form, in the language of the one who invites."""
        return _addition(request, NewPersonForm(initial={"locale": request.member.locale}))

    def post(self, request: MemberRequest) -> HttpResponse:
        """Invite; the link goes by mail."""
        form = NewPersonForm(request.POST)
        if not form.is_valid():
            return _addition(request, form, status=400)
        try:
            added = add_people([NewPerson(**form.cleaned_data)], by=request.member, now=request.now)
        except InvitationError as error:
            form.add_error("email", invitation_text(error))
            return _addition(request, form, status=400)
        send_soon()
        messages.success(
            request, _("%(name)s was invited. The link is on its way.") % {"name": added[0].name}
        )
        return redirect("person", added[0].pk)


def _addition(request: MemberRequest, form: NewPersonForm, *, status: int = 200) -> HttpResponse:
    return render(request, "web/person_addition.html", {"form": form}, status=status)
