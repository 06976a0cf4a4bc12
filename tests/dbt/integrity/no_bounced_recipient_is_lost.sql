-- Recipients of staged bounces, by hand out of the payload's own list, against what was published.
with staged as (
    select message_id, bounce_type, {{ json_read('named_recipients') }} as named_recipients
    from {{ ref('stg_ses__mail_events') }}
    where event_type = 'bounce'
),

named as (
    {{ json_each('staged', ['message_id', 'bounce_type'], 'named_recipients', 'recipient') }}
),

written as (
    select message_id, bounce_type, {{ json_string(json_text('recipient', ['emailAddress']), json_doc('recipient', ['emailAddress'])) }} as written_address
    from named
),

addressed as (
    {{ addresses_each('written', 'written_address', 'recipient_address') }}
),

reported as (
    select
        message_id,
        {{ md5_text('recipient_address') }} as recipient_key,
        min(bounce_type) as bounce_type,
        -- a bounce need not say its type
        max(case when bounce_type is null then 1 else 0 end) as has_one_without_type
    from addressed
    where recipient_address is not null
    group by message_id, {{ md5_text('recipient_address') }}
)

select reported.message_id, reported.recipient_key, reported.bounce_type
from reported
left join {{ ref('fct_message_recipients') }} as published
    on reported.message_id = published.message_id
    and reported.recipient_key = published.recipient_key
where reported.recipient_key is not null
    and (
        published.message_id is null
        or (published.bounce_type is null and reported.has_one_without_type = 0)
        or (
            coalesce(published.bounce_type, published.bounce_sub_type) is null
            and not (published.is_hard_bounced or published.is_soft_bounced or published.is_undetermined_bounced)
        )
    )
