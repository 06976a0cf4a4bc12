-- Recipients of staged bounces, by hand out of the payload's own lists, against what was published. An address that the message was not
-- sent to has no row of its own: its bounce is a destination's, certainly or possibly.
with staged as (
    select
        source,
        event_id,
        sent_date,
        message_id,
        bounce_type,
        {{ json_read('named_recipients') }} as named_recipients,
        {{ json_read('destinations') }} as destinations
    from {{ ref('stg_ses__mail_events') }}
    where event_type = 'bounce'
),

named as (
    {{ json_each('staged', ['source', 'event_id', 'sent_date', 'message_id', 'bounce_type'], 'named_recipients', 'recipient') }}
),

destinations as (
    {{ json_each('staged', ['source', 'event_id', 'sent_date', 'message_id', 'bounce_type'], 'destinations', 'destination') }}
),

written as (
    select
        source,
        event_id,
        sent_date,
        message_id,
        bounce_type,
        1 as is_bounced,
        {{ json_string('recipient', ['emailAddress']) }} as written_address
    from named
    union all
    select
        source,
        event_id,
        sent_date,
        message_id,
        bounce_type,
        0 as is_bounced,
        {{ json_string('destination', []) }} as written_address
    from destinations
),

{{ each_address('written', 'written_address', 'given_address') }},

{{ encoded_address('each_given_address', 'given_address', 'recipient_address', 'recipient_domain', ref('int_domains_encoded')) }},

keyed as (
    select source, event_id, sent_date, message_id, bounce_type, is_bounced, {{ md5_text('recipient_address') }} as recipient_key
    from encoded_recipient_address
),

sent_to as (
    select source, event_id, sent_date, recipient_key
    from keyed
    where is_bounced = 0
),

sent_to_somebody as (
    select distinct source, event_id, sent_date
    from sent_to
    where recipient_key is not null
),

bounced as (
    select source, event_id, sent_date, message_id, bounce_type, recipient_key
    from keyed
    where is_bounced = 1
),

reported as (
    select
        bounced.message_id,
        bounced.recipient_key,
        min(bounced.bounce_type) as bounce_type,
        -- a bounce need not say its type
        max(case when bounced.bounce_type is null then 1 else 0 end) as has_one_without_type,
        min(case when sent_to_somebody.event_id is not null and sent_to.recipient_key is null then 1 else 0 end) as is_elsewhere
    from bounced
    left join (select distinct * from sent_to) as sent_to
        on bounced.source = sent_to.source
        and bounced.event_id = sent_to.event_id
        and bounced.sent_date = sent_to.sent_date
        and bounced.recipient_key = sent_to.recipient_key
    left join sent_to_somebody
        on bounced.source = sent_to_somebody.source
        and bounced.event_id = sent_to_somebody.event_id
        and bounced.sent_date = sent_to_somebody.sent_date
    where bounced.recipient_key is not null
    group by bounced.message_id, bounced.recipient_key
),

bounces as (
    select distinct message_id
    from {{ ref('fct_recipient_events') }}
    where event_type = 'bounce' and recipient_key is not null
)

select reported.message_id, reported.recipient_key, reported.bounce_type, reported.is_elsewhere
from reported
left join bounces on reported.message_id = bounces.message_id
left join {{ ref('fct_message_recipients') }} as published
    on reported.message_id = published.message_id
    and reported.recipient_key = published.recipient_key
where bounces.message_id is null
    or (
        reported.is_elsewhere = 0
        and (
            published.message_id is null
            or (published.bounce_type is null and reported.has_one_without_type = 0)
            or (
                coalesce(published.bounce_type, published.bounce_sub_type) is null
                and not (published.is_hard_bounced or published.is_soft_bounced or published.is_undetermined_bounced)
            )
        )
    )
