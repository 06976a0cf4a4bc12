-- Marts can be shared. Left out are texts that others write freely (diagnostic codes, links) and sending identities, which may be a sender's own address.
{% set columns = {
    'fct_recipient_events': ['recipient_key', 'recipient_domain', 'reported_recipient_key', 'reported_domain', 'from_domain', 'recipient_action', 'recipient_status'],
    'fct_message_recipients': ['recipient_key', 'recipient_domain', 'from_domain'],
    'fct_messages': ['from_domain'],
    'fct_link_clicks': ['recipient_key'],
    'fct_inbound_messages': ['recipient_key', 'recipient_domain', 'sender_key', 'sender_domain', 'from_domain'],
    'fct_sms_messages': ['destination_key'],
    'fct_campaign_events': ['recipient_key', 'destination_key'],
    'fct_journey_events': ['recipient_key', 'destination_key'],
} %}
select 'none' as mart, 'none' as text
where false
{% for mart, names in columns.items() %}{% for name in names %}
union all
select '{{ mart }}' as mart, {{ name }} as text
from {{ ref(mart) }}
where {{ name }} like '%@%'
{% endfor %}{% endfor %}
