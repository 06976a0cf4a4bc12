-- Grain: one row per domain with characters beyond ASCII, of a recipient, a sender, an author or an endpoint. SES takes domains in ASCII, so
-- the others come from foreign servers and stay few.
{{ config(**append_rows(reads='int_staged_events_unioned', day=none, dist='all')) }}

with stored_lists as (
    select named_recipients as stored_list
    from {{ ref('int_mail_events_unioned') }}
    where {{ unread('int_mail_events_unioned') }} and {{ json_beyond_ascii('named_recipients') }}
    union all
    select destinations as stored_list
    from {{ ref('int_mail_events_unioned') }}
    where {{ unread('int_mail_events_unioned') }} and {{ json_beyond_ascii('destinations') }}
    union all
    select named_recipients as stored_list
    from {{ ref('stg_ses__inbound') }}
    where {{ unread('stg_ses__inbound') }} and {{ json_beyond_ascii('named_recipients') }}
),

lists as (
    select {{ json_read('stored_list') }} as recipients
    from stored_lists
),

recipients as (
    {{ json_each('lists', [], 'recipients', 'recipient') }}
),

recipient_texts as (
    {{ json_strings('recipients', 'recipient', {
        'address_text': [],
        'email_address': ['emailAddress'],
        'pinpoint_address': ['email_address'],
    }) }}
),

texts as (
    select coalesce(email_address, pinpoint_address, address_text) as text
    from recipient_texts
    union all
    select 'author@' || from_domain as text
    from {{ ref('int_mail_events_unioned') }}
    where {{ unread('int_mail_events_unioned') }} and {{ text_matches('from_domain', '[^ -~]') }}
    union all
    select mail_from as text
    from {{ ref('stg_ses__inbound') }}
    where {{ unread('stg_ses__inbound') }} and {{ text_matches('mail_from', '[^ -~]') }}
    union all
    select header_from as text
    from {{ ref('stg_ses__inbound') }}
    where {{ unread('stg_ses__inbound') }} and {{ text_matches('header_from', '[^ -~]') }}
    union all
    select endpoint_address as text
    from {{ ref('stg_pinpoint__events') }}
    where {{ unread('stg_pinpoint__events') }} and {{ text_matches('endpoint_address', '[^ -~]') }}
),

{{ each_address('texts', 'text', 'address') }},

domains as (
    select {{ address_domain('address') }} as domain
    from each_address
),

{{ encoded_domains('domains', 'domain') }}

select
    {{ text_column('domain', 'encoded_domains.domain') }},
    {{ text_column('encoded', 'encoded_domains.encoded') }},
    {{ run_time() }} as staged_at
from encoded_domains
{%- if is_increment() %}
left join {{ this }} as known on encoded_domains.domain = known.domain
where known.domain is null
{%- endif %}
