"""Addresses of the pages; each is listed in the permission registry."""

from django.urls import path
from django.views.i18n import set_language

from perenne.web import public, staff, webhooks
from perenne.web.portal import calendar, changes, home, invoices, subscriptions
from perenne.web.urls_of_people import urlpatterns as people
from perenne.web.urls_of_signing_in import urlpatterns as signing_in

urlpatterns = [
    path("healthz", public.healthz, name="healthz"),
    path("language/", set_language, name="set_language"),
    *signing_in,
    *people,
    path("", home.home, name="home"),
    path("subscriptions/", subscriptions.subscription_list, name="subscriptions"),
    path("subscriptions/<str:subscription_id>/", subscriptions.subscription, name="subscription"),
    path(
        "subscriptions/<str:subscription_id>/<slug:action>/",
        changes.ActionView.as_view(),
        name="action",
    ),
    path("changes/<str:change_id>/", changes.change, name="change"),
    path("changes/<str:change_id>/commit/", changes.commit, name="change-commit"),
    path("changes/<str:change_id>/undo/", changes.undo, name="change-undo"),
    path("calendar/", calendar.renewal_calendar, name="calendar"),
    path("invoices/<str:invoice_id>.pdf", invoices.invoice_pdf, name="invoice-pdf"),
    path("receipts/<str:payment_id>.pdf", invoices.receipt_pdf, name="receipt-pdf"),
    path("webhooks/gateway", webhooks.gateway_webhook, name="gateway-webhook"),
    path("staff/runs/", staff.runs, name="runs"),
    path("staff/mailbox/", staff.mailbox, name="mailbox"),
    path("staff/mailbox/<int:number>/", staff.mail, name="mail"),
    path("staff/mailbox/<int:number>/html", staff.mail_html, name="mail-html"),
]

handler404 = "perenne.web.public.not_found"
handler429 = "perenne.web.public.too_many"
handler500 = "perenne.web.public.failed"
