{#- event_id: the key of an event, md5 over fields of the event alone, never over ids of its transport: every copy has the same.
    The region is no part of it, since opens and clicks do not state theirs. The CTE that calls these has the columns they name. -#}
{% macro event_id() -%}
    case
        when is_ses then {{ surrogate_key([
            "'ses'", 'account_id', 'event_type', 'message_id', 'occurred_at_text',
            'first_recipient_address', 'first_recipient_text', 'named_recipient_count_text',
            'feedback_id', 'link', 'ip_address', 'user_agent', 'delay_type', 'reject_reason', 'template_name', 'contact_list',
        ]) }}
        when source = 'ses_inbound' then {{ surrogate_key([
            "'ses_inbound'", 'message_id', 'occurred_at_text', 'first_recipient_text', 'named_recipient_count_text',
            'action_type', 'action_topic', 'action_bucket', 'action_object', 'action_function',
        ]) }}
        when source = 'pinpoint' then {{ surrogate_key([
            "'pinpoint'", 'pinpoint_account', 'pinpoint_app', 'event_type', 'message_id',
            'cast(' ~ text_bigint('pinpoint_time') ~ ' as varchar(20))', 'cast(' ~ text_bigint('pinpoint_arrival') ~ ' as varchar(20))',
            'pinpoint_client', 'pinpoint_session', 'pinpoint_text_status', 'pinpoint_activity', 'pinpoint_journey_activity',
            'pinpoint_send_status', 'pinpoint_journey_send_status', 'pinpoint_feedback',
        ]) }}
        -- the copy of a text message that EventBridge brings has no destination and is an event of its own
        when source = 'eum' then {{ surrogate_key([
            "'eum'", json_text('envelope', ['account']), 'event_type', 'message_id',
            'cast(' ~ text_bigint('eum_timestamp') ~ ' as varchar(20))', 'eum_status', 'eum_destination',
        ]) }}
        when source = 'ses_account' then {{ surrogate_key([
            "'ses_account'", json_text('envelope', ['account']), json_text('envelope', ['region']), 'event_type',
            'occurred_at_text', json_text('envelope', ['resources', 0]),
            'account_text', 'account_origin', 'account_status', 'account_cause',
        ]) }}
    end
{%- endmacro %}

{# event_time_text: the event's own time as text for keys: milliseconds where it was readable, else what was written. #}
{% macro event_time_text(occurred_at, own_time_text) -%}
    coalesce({{ ms_text(occurred_at) }}, {{ own_time_text }})
{%- endmacro %}
