"""Addresses of the people of a company and their roles."""

from django.urls import path

from perenne.web.people import handover, listing, person

urlpatterns = [
    path("people/", listing.people, name="people"),
    path("people/add/", listing.PersonAdditionView.as_view(), name="person-addition"),
    path("people/<str:person_id>/", person.person, name="person"),
    path("people/<str:person_id>/roles/", person.RolesView.as_view(), name="person-roles"),
    path("people/<str:person_id>/invitation/", person.invitation, name="person-invitation"),
    path("people/<str:person_id>/leaving/", person.LeavingView.as_view(), name="person-leaving"),
    path("people/<str:person_id>/return/", person.returning, name="person-return"),
    path("contract-manager/", handover.HandoverView.as_view(), name="handover"),
    path(
        "contract-manager/<str:handover_id>/",
        handover.HandoverAnswerView.as_view(),
        name="handover-answer",
    ),
]
