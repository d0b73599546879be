"""Nobody holds a seat that is not owned; history stays; rows refer to their own company only."""

from django.db import migrations

from perenne.platform.guards import append_only, same_company

# The second line behind the operations' lock. It takes the lock itself, so that of two who insert
# at once the later one counts what the earlier one has committed. Once a statement, not once a
# row: a book brings many thousands.
HELD_ARE_OWNED = migrations.RunSQL(
    """
    create function seats_held_are_owned() returns trigger language plpgsql as $$
    declare
        broken record;
    begin
        perform 1 from subscriptions_subscription
            where id in (select subscription_id from fresh where released_on is null)
            order by id for no key update;
        select f.subscription_id, h.held, o.owned into broken
            from (select subscription_id, max(assigned_on) as day from fresh
                  where released_on is null group by subscription_id) f
            join lateral (select count(*) as held from subscriptions_assignment a
                          where a.subscription_id = f.subscription_id
                            and a.released_on is null) h on true
            join lateral (select coalesce(sum(c.seats), 0) as owned from subscriptions_seatchange c
                          where c.subscription_id = f.subscription_id
                            and c.effective_on <= f.day) o on true
            where h.held > o.owned limit 1;
        if found then
            raise exception '% people would hold the % seats of %',
                broken.held, broken.owned, broken.subscription_id using errcode = '23514';
        end if;
        return null;
    end $$;
    create trigger held_are_owned after insert on subscriptions_assignment
        referencing new table as fresh
        for each statement execute function seats_held_are_owned();
    """,
    """
    drop trigger held_are_owned on subscriptions_assignment;
    drop function seats_held_are_owned();
    """,
)

# A seat that was given back is history: a new assignment is a new row, which is counted.
RELEASED_STAYS = migrations.RunSQL(
    """
    create function seats_released_stays() returns trigger language plpgsql as $$
    begin
        raise exception 'assignment % was released on %', old.id, old.released_on
            using errcode = '42501', hint = 'Append an assignment.';
    end $$;
    create trigger released_stays before update on subscriptions_assignment
        for each row when (old.released_on is not null
                           and (new.released_on, new.released_because)
                               is distinct from (old.released_on, old.released_because))
        execute function seats_released_stays();
    """,
    """
    drop trigger released_stays on subscriptions_assignment;
    drop function seats_released_stays();
    """,
)


class Migration(migrations.Migration):
    dependencies = [
        ("seats", "0001_initial"),
        ("subscriptions", "0010_grants"),
        ("accounts", "0001_initial"),
        ("platform", "0002_guards"),
    ]

    operations = [
        HELD_ARE_OWNED,
        RELEASED_STAYS,
        append_only(
            "subscriptions_assignment",
            except_columns=["last_used_on", "released_on", "released_because", "granted_by"],
        ),
        append_only("seats_groupmember", except_columns=["left_on"]),
        append_only("seats_groupproduct", except_columns=["carried_until"]),
        append_only(
            "seats_waitingperson", except_columns=["granted_by", "ended_at", "ended_because"]
        ),
        same_company("seats_groupmember", "group_id", "seats_group"),
        same_company("seats_groupmember", "person_id", "accounts_person"),
        same_company("seats_groupproduct", "group_id", "seats_group"),
        same_company("seats_waitingperson", "person_id", "accounts_person"),
    ]
