"""Addresses of the pages; each is listed in the permission registry."""

from django.urls import path
from django.views.i18n import set_language

from perenne.web import contact_desk, public, quote_link, staff, webhooks
from perenne.web.portal import (
    alignment,
    asking,
    asking_colleagues,
    calendar,
    calendar_feed,
    changes,
    conversations,
    groups,
    home,
    invoices,
    losing,
    payment_methods,
    quote_builder,
    quotes,
    seat_lists,
    seats,
    subscriptions,
)
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
    path("subscriptions/<str:subscription_id>/assisted/", asking.assisted, name="assisted"),
    path(
        "subscriptions/<str:subscription_id>/<slug:action>/",
        changes.ActionView.as_view(),
        name="action",
    ),
    path("align/", alignment.AlignView.as_view(), name="align"),
    path("changes/<str:change_id>/", changes.change, name="change"),
    path("changes/<str:change_id>/commit/", changes.commit, name="change-commit"),
    path("changes/<str:change_id>/undo/", changes.undo, name="change-undo"),
    path("seats/", seats.SeatsView.as_view(), name="seats"),
    path("seats/list/", seat_lists.SeatListView.as_view(), name="seat-list"),
    path("seats/groups/", groups.GroupsView.as_view(), name="groups"),
    path("seats/groups/<str:group_id>/", groups.GroupPage.as_view(), name="group"),
    path("seats/fewer/<str:subscription_id>/", losing.LosingView.as_view(), name="losing"),
    path("calendar/", calendar.renewal_calendar, name="calendar"),
    path("calendar/renewals.ics", calendar_feed.export, name="calendar-export"),
    path("calendar/address/", calendar_feed.make, name="calendar-feed-new"),
    path("calendar/address/end/", calendar_feed.end, name="calendar-feed-end"),
    path("calendar/feed/<str:secret>.ics", calendar_feed.feed, name="calendar-feed"),
    path("payment-methods/", payment_methods.methods, name="payment-methods"),
    path("payment-methods/new/", payment_methods.begin, name="payment-method-new"),
    path("payment-methods/visits/<str:setup_id>/", payment_methods.visit, name="method-setup"),
    path(
        "payment-methods/visits/<str:setup_id>/check/",
        payment_methods.check,
        name="method-setup-check",
    ),
    path("invoices/", invoices.invoice_list, name="invoices"),
    path("invoices/<str:invoice_id>/", invoices.invoice_page, name="invoice"),
    path("credit-notes/<str:note_id>.pdf", invoices.credit_note_pdf, name="credit-note-pdf"),
    path("invoices/<str:invoice_id>.pdf", invoices.invoice_pdf, name="invoice-pdf"),
    path("receipts/<str:payment_id>.pdf", invoices.receipt_pdf, name="receipt-pdf"),
    path("webhooks/gateway", webhooks.gateway_webhook, name="gateway-webhook"),
    path("ask/", asking.AskView.as_view(), name="ask"),
    path("ask/colleagues/", asking_colleagues.ColleagueAskView.as_view(), name="ask-colleagues"),
    path("requests/", conversations.request_list, name="requests"),
    path("requests/<str:request_id>/", conversations.ConversationView.as_view(), name="request"),
    path("requests/<str:request_id>/receipt/", conversations.receipt, name="request-receipt"),
    path("desk/requests/", contact_desk.desk, name="desk-requests"),
    path("desk/requests/<str:request_id>/", contact_desk.DeskView.as_view(), name="desk-request"),
    path("quotes/", quotes.quote_list, name="quotes"),
    path("quotes/new/", quote_builder.BuilderView.as_view(), name="quote-new"),
    path("quotes/<str:number>/", quotes.quote_page, name="quote"),
    path("quotes/<str:number>/v<int:version>/", quotes.quote_version, name="quote-version"),
    path("quotes/<str:number>/v<int:version>/<str:letter>.pdf", quotes.quote_pdf, name="quote-pdf"),
    path("quotes/<str:number>/revise/", quote_builder.BuilderView.as_view(), name="quote-revise"),
    path("quotes/<str:number>/send/", quotes.send, name="quote-send"),
    path("quotes/<str:number>/accept/", quotes.accept, name="quote-accept"),
    path("quotes/<str:number>/decline/", quotes.decline, name="quote-decline"),
    path("quotes/<str:number>/withdraw/", quotes.withdraw, name="quote-withdraw"),
    path("q/<str:token>/", quote_link.LinkView.as_view(), name="quote-link"),
    path("q/<str:token>/<str:letter>.pdf", quote_link.link_pdf, name="quote-link-pdf"),
    path("staff/runs/", staff.runs, name="runs"),
    path("staff/mailbox/", staff.mailbox, name="mailbox"),
    path("staff/mailbox/<int:number>/", staff.mail, name="mail"),
    path("staff/mailbox/<int:number>/html", staff.mail_html, name="mail-html"),
]

handler404 = "perenne.web.public.not_found"
handler429 = "perenne.web.public.too_many"
handler500 = "perenne.web.public.failed"
