{#- The sources of events and the staging model of each: the one place that lists them. `words` are such that a line of the
    source holds one of them: its name on a wrapped line, a key of the event on a bare one. -#}
{% macro staged_sources() %}
    {{ return([
        {'name': 'ses_event', 'model': 'stg_ses__events', 'words': []},
        {'name': 'ses_notification', 'model': 'stg_ses__notifications', 'words': ['"ses_notification"', '"notificationType"']},
        {'name': 'ses_inbound', 'model': 'stg_ses__inbound', 'words': ['"ses_inbound"', '"receipt"']},
        {'name': 'ses_account', 'model': 'stg_ses__account_events', 'words': ['"ses_account"']},
        {'name': 'pinpoint', 'model': 'stg_pinpoint__events', 'words': ['"pinpoint"', '"event_type"']},
        {'name': 'eum', 'model': 'stg_eum__events', 'words': ['"eum"', '"eventVersion"']},
    ]) }}
{% endmacro %}

{# The staging models as relations. #}
{% macro staged_relations() %}
    {% set found = [] %}
    {% for source in staged_sources() %}{% do found.append(ref(source.model)) %}{% endfor %}
    {{ return(found) }}
{% endmacro %}

{# What `source` may say on a wrapped line. #}
{% macro landed_source_list() -%}
    {%- for source in staged_sources() -%}{{ ', ' if not loop.first }}'{{ source.name }}'{%- endfor -%}
{%- endmacro %}

{% macro pinpoint_mail(field) %}{{ return(['facets', 'email_channel', 'mail_event', 'mail', field]) }}{% endmacro %}

{# What tells the events of the other sources apart, as paths of `detail`: of received mail that is the receipt, of the rest the event itself. #}
{% macro other_key_fields() %}
    {{ return({
        'action_type': ['action', 'type'],
        'action_topic': ['action', 'topicArn'],
        'action_bucket': ['action', 'bucketName'],
        'action_object': ['action', 'objectKey'],
        'action_function': ['action', 'functionArn'],
        'pinpoint_account': ['awsAccountId'],
        'pinpoint_app': ['application', 'app_id'],
        'pinpoint_client': ['client', 'client_id'],
        'pinpoint_session': ['session', 'session_id'],
        'pinpoint_arrival': ['arrival_timestamp'],
        'pinpoint_mail_id': pinpoint_mail('message_id'),
        'pinpoint_mail_sent': pinpoint_mail('message_send_timestamp'),
        'pinpoint_text_id': ['attributes', 'message_id'],
        'pinpoint_text_status': ['attributes', 'record_status'],
        'pinpoint_activity': ['attributes', 'campaign_activity_id'],
        'pinpoint_journey_activity': ['attributes', 'journey_activity_id'],
        'pinpoint_send_status': ['attributes', 'campaign_send_status'],
        'pinpoint_journey_send_status': ['attributes', 'journey_send_status'],
        'pinpoint_feedback': ['attributes', 'feedback'],
        'eum_message_id': ['messageId'],
        'eum_requested': ['messageRequestTimestamp'],
        'eum_status': ['messageStatus'],
        'eum_destination': ['destinationPhoneNumber'],
        'account_text': ['data'],
        'account_origin': ['data', 'origin'],
        'account_status': ['data', 'record', 'status'],
        'account_cause': ['data', 'record', 'cause'],
    }) }}
{% endmacro %}

{# The key of an event that is no mail sent by SES: md5 over its family, type, message, times and what else tells it apart.
   The copy of a text message that EventBridge brings has no destination and is an event of its own; the message is told by either. #}
{% macro other_event_id() -%}
    case source
        when 'ses_inbound' then {{ event_key([
            "'ses_inbound'", 'message_id', event_time_text('occurred_at', 'own_time_text'),
            json_text('named_recipients', [0]), 'cast(' ~ json_length('named_recipients') ~ ' as varchar(20))',
            'action_type', 'action_topic', 'action_bucket', 'action_object', 'action_function',
        ]) }}
        when 'pinpoint' then {{ event_key([
            "'pinpoint'", 'pinpoint_account', 'pinpoint_app', 'event_type', 'message_id',
            'cast(' ~ text_bigint('pinpoint_timestamp') ~ ' as varchar(20))', 'cast(' ~ text_bigint('pinpoint_arrival') ~ ' as varchar(20))',
            'pinpoint_client', 'pinpoint_session', 'pinpoint_text_status', 'pinpoint_activity', 'pinpoint_journey_activity',
            'pinpoint_send_status', 'pinpoint_journey_send_status', 'pinpoint_feedback',
        ]) }}
        when 'eum' then {{ event_key([
            "'eum'", json_text('envelope', ['account']), 'event_type', 'message_id',
            'cast(' ~ text_bigint('eum_timestamp') ~ ' as varchar(20))', 'eum_status', 'eum_destination',
        ]) }}
        when 'ses_account' then {{ event_key([
            "'ses_account'", json_text('envelope', ['account']), json_text('envelope', ['region']), 'event_type',
            event_time_text('occurred_at', 'own_time_text'), json_text('envelope', ['resources', 0]),
            'account_text', 'account_origin', 'account_status', 'account_cause',
        ]) }}
    end
{%- endmacro %}

{# A number of one or two digits as two digits. #}
{% macro two_digits(text) -%} substr('0' || {{ text }}, length({{ text }}), 2) {%- endmacro %}

{# A condition: the type is one that is known of the source. Apps name their own events in Pinpoint, and none begins with _. #}
{% macro is_known_type(source, event_type) -%}
    case {{ source }}
        when 'ses_inbound' then {{ event_type }} = 'received'
        when 'ses_account' then {{ event_type }} in (
            'sending_status_enabled', 'sending_status_disabled', 'advisor_recommendation_status_open', 'advisor_recommendation_status_resolved')
        when 'pinpoint' then substr({{ event_type }}, 1, 1) <> '_' or {{ text_matches(event_type, pinpoint_types()) }}
        when 'eum' then {{ text_matches(event_type, eum_types()) }}
        else {{ event_type }} in ({{ ses_event_type_list() }})
    end
{%- endmacro %}

{# Patterns of the types in sections 5 and 6.1 of the event reference, in lower case. #}
{% macro pinpoint_types() -%}
    ^_(email[.](send|delivered|rejected|hardbounce|softbounce|complaint|open|click|unsubscribe|rendering_failure)|sms[.](buffered|success|failure|optout|send)|(campaign|journey)[.](send|opened_notification|received_foreground|received_background)|session[.](start|stop|pause|resume)|userauth[.](sign_in|sign_up|auth_fail)|monetization[.]purchase)$
{%- endmacro %}
{% macro eum_types() -%}
    ^(text_(queued|pending|sent|successful|delivered|blocked|ttl_expired|carrier_unreachable|invalid|invalid_message|carrier_blocked|unreachable|spam|unknown|protect_blocked)|voice_(initiated|ringing|answered|completed|busy|no_answer|ttl_expired|failed)|media_(queued|pending|successful|delivered|invalid|invalid_message|unreachable|carrier_unreachable|blocked|carrier_blocked|spam|unknown|ttl_expired|file_type_unsupported|file_size_exceeded|file_inaccessible)|rcs_(queued|sent|delivered|read|failed|ttl_expired|protect_blocked|fallen_back_to_sms))$
{%- endmacro %}
