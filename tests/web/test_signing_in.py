"""Signing in: by password, by code, by passkey, with a second step; and who is kept out."""

import json
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import identify_hasher

from perenne.accounts.models import Person, PersonRole, StaffMember, User
from perenne.accounts.operations.leaving import deactivate
from perenne.accounts.operations.users import open_user
from perenne.accounts.queries import person_member
from perenne.platform.clock import SystemClock, clock
from perenne.platform.ids import new_id
from perenne.platform.models import JournalEntry
from tests.support.builders import a_company, a_person, the_demo_catalogue
from tests.support.passkeys import SoftPasskey
from tests.support.sent import link_in, mails_to, waiting_jobs
from tests.support.signed_in import give_second_step, user_behind

PASSWORD = "correct horse battery"


@pytest.fixture
def vendor(db):
    the_demo_catalogue()


@pytest.fixture
def ana(vendor):
    """Ana, contract manager of Atelier Nord, with a password."""
    person = Person.objects.get(company=a_company(), roles__role="contract_manager")
    user = user_behind(f"person:{person.pk}")
    user.set_password(PASSWORD)
    user.save()
    person.refresh_from_db()
    return person


def sign_in(client, email, password=PASSWORD, **extra):
    return client.post("/sign-in/e-mail/", {"login": email, "password": password}, **extra)


def code_of(secret, moment=None):
    return format_hotp_value(hotp_value(secret, int(moment or time.time()) // 30))


def kinds(subject):
    return list(
        JournalEntry.objects.filter(subject=subject).order_by("id").values_list("kind", flat=True)
    )


def test_with_e_mail_and_password_whatever_the_case_of_the_address(ana, client):
    answer = sign_in(client, ana.email.upper())

    assert (answer.status_code, answer.url) == (302, "/")
    assert client.get("/").status_code == 200
    assert kinds(ana.user_id) == ["user.signed_in"]


def test_passwords_are_kept_as_argon2(ana):
    assert identify_hasher(User.objects.get(pk=ana.user_id).password).algorithm == "argon2"


def test_the_session_is_another_one_after_signing_in(ana, client):
    client.get("/sign-in/e-mail/")
    session = client.session
    session["mark"] = 1
    session.save()
    before = session.session_key

    sign_in(client, ana.email)

    assert client.session.session_key != before
    assert len(client.session.session_key) >= 32


@pytest.mark.parametrize("way", ["e-mail", "reset", "code"])
def test_nobody_learns_whether_an_address_signs_in(ana, client, way):
    def answer(email):
        client.cookies.clear()
        fields = {"e-mail": {"login": email, "password": "x" * 12}}.get(way, {"email": email})
        said = client.post(f"/sign-in/{way}/", fields, follow=True)
        body = re.sub(r'value="[\w-]{64}"', "", said.content.decode()).replace(email, "EMAIL")
        return said.status_code, said.redirect_chain, body

    known, unknown = answer(ana.email), answer("nobody@nowhere.example")

    assert known == unknown
    # As much work for one as for the other: the lookup is a job's.
    jobs = [one for one in waiting_jobs() if one.startswith("notices.write")]
    assert len(jobs) == {"e-mail": 0}.get(way, 2)


def test_guessing_is_slowed_and_the_owner_still_gets_in_from_the_own_browser(ana, client):
    from django.test import Client

    sign_in(client, ana.email)  # this browser is known from now on
    device = client.cookies["perenne_device"].value
    answers = []
    for number in range(40):
        attacker = Client(REMOTE_ADDR=f"198.51.100.{number}")
        answers.append(sign_in(attacker, ana.email, f"guess number {number}"))

    tried = [one for one in answers if "do not match" in one.content.decode()]
    slowed = [one for one in answers if "Too many attempts" in one.content.decode()]
    assert (len(tried), len(slowed)) == (5, 35)
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert "Too many attempts" in sign_in(elsewhere, ana.email).content.decode()
    own = Client(REMOTE_ADDR="203.0.113.10")
    own.cookies["perenne_device"] = device
    assert sign_in(own, ana.email).status_code == 302


def test_guesses_from_one_place_are_slowed_over_all_addresses(vendor, client):
    answers = [sign_in(client, f"user{n}@atelier.example", "x" * 12) for n in range(15)]

    slowed = [one for one in answers if "Too many attempts" in one.content.decode()]
    assert len(slowed) == 5


def test_a_forwarded_address_is_not_believed(vendor, client):
    answers = [
        sign_in(client, f"user{n}@a.example", "x" * 12, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}")
        for n in range(12)
    ]

    assert sum("Too many attempts" in one.content.decode() for one in answers) == 2


def test_a_second_step_is_asked_and_its_code_works_once(ana, client):
    from django.test import Client

    secret = give_second_step(ana.user_id)

    asked = sign_in(client, ana.email)
    code = code_of(secret)
    inside = client.post("/sign-in/second-step/", {"code": code})
    other = Client()
    sign_in(other, ana.email)
    again = other.post("/sign-in/second-step/", {"code": code})

    assert asked.url == "/sign-in/second-step/"
    assert inside.url == "/"
    assert "wrong, used or too old" in again.content.decode()
    assert other.get("/").status_code == 302


def test_a_recovery_code_works_once_in_its_place(ana, client):
    from django.test import Client

    give_second_step(ana.user_id)
    codes = Authenticator.objects.get(user_id=ana.user_id, type="recovery_codes").wrap()
    code = codes.get_unused_codes()[0]

    sign_in(client, ana.email)
    assert client.post("/sign-in/second-step/", {"code": code}).url == "/"
    other = Client()
    sign_in(other, ana.email)
    assert other.post("/sign-in/second-step/", {"code": code}).status_code == 200


def test_secrets_of_second_steps_are_not_readable_in_the_database(ana):
    secret = give_second_step(ana.user_id)

    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored


def test_with_a_code_by_mail_in_the_browser_that_asked(ana, client):
    from django.test import Client

    client.post("/sign-in/code/", {"email": ana.email})
    mail = mails_to(ana.email)[-1]
    code = re.search(r"^(\S+) is your sign-in code", mail.subject).group(1)
    elsewhere = Client().post("/sign-in/code/confirm/", {"code": code})

    assert elsewhere.status_code == 302
    assert elsewhere.url == "/sign-in/code/"
    assert client.post("/sign-in/code/confirm/", {"code": code}).url == "/"


def test_a_code_is_good_for_three_guesses(ana, client):
    client.post("/sign-in/code/", {"email": ana.email})

    answers = [client.post("/sign-in/code/confirm/", {"code": f"AAAA{n}"}) for n in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 302]


def test_with_a_passkey_alone(ana, client):
    passkey = SoftPasskey(origin="http://testserver", rp_id="testserver")
    sign_in(client, ana.email)
    page = client.get("/profile/second-step/passkeys/add/")
    credential = passkey.create(page.context["js_data"]["creation_options"])
    added = client.post(
        "/profile/second-step/passkeys/add/",
        {"name": "Key", "passwordless": "on", "credential": json.dumps(credential)},
    )
    client.post("/sign-out/")
    options = client.get("/sign-in/passkey/", HTTP_ACCEPT="application/json").json()
    answer = client.post(
        "/sign-in/passkey/",
        {"credential": json.dumps(passkey.get(options["request_options"]))},
    )

    assert added.url == "/profile/second-step/recovery-codes/"
    assert answer.url == "/"
    assert client.get("/").status_code == 200


def test_a_new_password_by_mail_once_and_the_second_step_stays(ana, client):
    from django.test import Client

    give_second_step(ana.user_id)
    other = Client()
    sign_in(other, ana.email)
    client.post("/sign-in/reset/", {"email": ana.email})
    mail = mails_to(ana.email)[-1]
    assert "usr_" not in mail.text, "the table of mails opens nothing"
    link = link_in(mail)

    form = client.get(link)
    done = client.post(
        form.url, {"password1": "a new horse battery", "password2": "a new horse battery"}
    )
    again = Client().get(link)

    assert done.url == "/sign-in/reset/done/"
    assert "used or too old" in again.content.decode()
    assert sign_in(Client(), ana.email).status_code == 200, "the old password is gone"
    assert sign_in(Client(), ana.email, "a new horse battery").url == "/sign-in/second-step/"
    assert mails_to(ana.email)[-1].subject == "Security notice: your password was changed"


def test_other_sessions_end_when_the_password_changes(ana, client):
    from django.test import Client

    other = Client()
    sign_in(other, ana.email)
    sign_in(client, ana.email)
    new = "a new horse battery"
    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}

    changed = client.post("/profile/password/", fields)

    assert changed.url == "/profile/"
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302


@pytest.mark.parametrize(
    "password",
    ["short", "1234567890123", "ana@atelier.example", "ANA@ATELIER.EXAMPLE"],
)
def test_weak_passwords_are_refused(vendor, client, password):
    person = a_person(a_company(), name="Ana", role="viewer")
    Person.objects.filter(pk=person.pk).update(email="ana@atelier.example")
    user = user_behind(f"person:{person.pk}")
    user.set_password(PASSWORD)
    user.save()
    sign_in(client, "ana@atelier.example")

    answer = client.post(
        "/profile/password/",
        {"oldpassword": PASSWORD, "password1": password, "password2": password},
    )

    assert answer.status_code == 200
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


@pytest.mark.parametrize("password", ["é" * 12, "密碼密碼密碼密碼密碼密碼", "x y" * 30, "🔑" * 12])
def test_any_long_password_is_taken_whole(ana, client, password):
    sign_in(client, ana.email)

    client.post(
        "/profile/password/",
        {"oldpassword": PASSWORD, "password1": password, "password2": password},
    )

    user = User.objects.get(pk=ana.user_id)
    assert user.check_password(password)
    assert not user.check_password(password[:-1])


def test_a_new_browser_is_told_by_mail_but_not_the_first(ana, client):
    from django.test import Client

    sign_in(client, ana.email)
    assert mails_to(ana.email) == []
    sign_in(client, ana.email)
    sign_in(Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/145.0"), ana.email)

    told = mails_to(ana.email)
    assert [one.subject for one in told] == ["Security notice: you signed in on a new device"]
    assert "Firefox, Windows" in told[0].text


def test_who_is_deactivated_is_out_at_once_and_the_session_is_gone(ana, client):
    bo = Person.objects.get(company=ana.company, roles__role="primary_admin")
    manager = a_person(ana.company, name="Cy", role="contract_manager")
    sign_in(client, ana.email)
    assert UserSession.objects.filter(user_id=ana.user_id).count() == 1

    deactivate([ana.pk], by=person_member(bo), now=clock().now())

    assert manager.pk
    assert client.get("/").url.startswith("/sign-in/")
    assert UserSession.objects.filter(user_id=ana.user_id).count() == 0
    assert client.session.get("_auth_user_id") is None


def test_an_inactive_user_cannot_sign_in(ana, client):
    User.objects.filter(pk=ana.user_id).update(is_active=False)

    assert sign_in(client, ana.email).url == "/sign-in/inactive/"
    assert client.get("/").status_code == 302


def test_signing_out_ends_the_session_on_the_server(ana, client):
    sign_in(client, ana.email)
    cookie = client.cookies["perenne_session"].value

    client.post("/sign-out/")
    client.cookies["perenne_session"] = cookie

    assert client.get("/").status_code == 302
    assert UserSession.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "seconds_ago", "is_over"),
    [
        ("seen_at", 11 * 3600, False),
        ("seen_at", 13 * 3600, True),
        ("began_at", 6 * 24 * 3600, False),
        ("began_at", 8 * 24 * 3600, True),
    ],
)
def test_a_session_ends_when_it_idles_or_lasts_too_long(ana, client, name, seconds_ago, is_over):
    sign_in(client, ana.email)
    session = client.session
    session[name] = SystemClock().now().timestamp() - seconds_ago
    session.save()

    assert (client.get("/").status_code == 302) is is_over


def test_one_of_the_other_sessions_can_be_ended(ana, client):
    from django.test import Client

    other = Client()
    sign_in(other, ana.email)
    sign_in(client, ana.email)
    number = UserSession.objects.exclude(session_key=client.session.session_key).get().pk

    client.post(f"/profile/sessions/{number}/")

    assert other.get("/").status_code == 302
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "https://testserver@evil.example/",
        "https://testserver.evil.example/",
        "/%0d%0aSet-Cookie:x=1",
        "\thttps://evil.example",
        "data:text/html,x",
        "ftp://testserver/",
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(ana, client, where):
    answer = client.post(
        "/sign-in/e-mail/", {"login": ana.email, "password": PASSWORD, "next": where}
    )
    became = client.post("/sign-in/", {"member": f"person:{ana.pk}", "next": where})

    for one in (answer, became):
        assert one.status_code == 302
        assert "evil" not in one.url or one.url.startswith(("/", "%"))
        assert not one.url.startswith(("//", "/\\", "http", "javascript", "data", "ftp"))
        assert not set("\r\n") & set(one.url)


def test_who_acts_for_several_chooses_one_and_acts_for_that_one_alone(ana, client):
    second = a_company(name="Second Atelier")
    person = a_person(second, name="Ana too", role="viewer")
    Person.objects.filter(pk=person.pk).update(user_id=ana.user_id)

    sign_in(client, ana.email)
    led = client.get("/subscriptions/")
    choice = client.get(led.url).content.decode()
    client.post("/acting/", {"member": f"person:{person.pk}", "next": "/profile/"})

    assert led.url == "/acting/?next=%2Fsubscriptions%2F"
    assert "Second Atelier" in choice
    assert "Atelier Nord" in choice
    assert "Ana too" in client.get("/profile/").content.decode()
    stranger = a_person(second, name="Stranger", role="contract_manager")
    client.post("/acting/", {"member": f"person:{stranger.pk}"})
    assert "Ana too" in client.get("/profile/").content.decode()


def test_an_address_of_a_person_and_of_staff_is_one_user_in_two_capacities(ana, client):
    staff = StaffMember.objects.create(
        id=new_id("stf"), code="both", name="Ana S", email=ana.email, role="finance"
    )
    user = open_user(ana.email)
    StaffMember.objects.filter(pk=staff.pk).update(user=user)

    sign_in(client, ana.email)
    client.post("/acting/", {"member": f"staff:{staff.pk}"})

    assert user.pk == ana.user_id
    assert client.get("/staff/runs/").status_code == 200
    assert PersonRole.objects.filter(person=ana).exists()


def test_cookies_are_for_this_site_and_not_for_scripts(ana, client):
    sign_in(client, ana.email)

    for name in ("perenne_session", "perenne_csrf", "perenne_device", "django_language"):
        if name in client.cookies:
            cookie = client.cookies[name]
            assert (bool(cookie["httponly"]), cookie["samesite"]) == (True, "Lax"), name
