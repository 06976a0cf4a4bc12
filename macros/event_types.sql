{#- The known event types of every source: the one list of them. `name` is the type in the tables, in lower case with _ for blanks.
    Of sent mail (AWS's page "Examples of event data"): `raw` is the name in the event, `detail` the object with the type's own
    fields, `recipients` the list in it that names the recipients; a type without `has_own_time: false` states its own time. Of Pinpoint's
    mail: `mail` is SES's name of the type, `recipients` the path of the list below the mail event. -#}
{% macro ses_event_types() %}
    {{ return([
        {'name': 'send', 'raw': 'Send', 'detail': 'send', 'has_own_time': false},
        {'name': 'delivery', 'raw': 'Delivery', 'detail': 'delivery', 'recipients': 'recipients'},
        {'name': 'delivery_delay', 'raw': 'DeliveryDelay', 'detail': 'deliveryDelay', 'recipients': 'delayedRecipients'},
        {'name': 'bounce', 'raw': 'Bounce', 'detail': 'bounce', 'recipients': 'bouncedRecipients'},
        {'name': 'complaint', 'raw': 'Complaint', 'detail': 'complaint', 'recipients': 'complainedRecipients'},
        {'name': 'reject', 'raw': 'Reject', 'detail': 'reject', 'has_own_time': false},
        {'name': 'rendering_failure', 'raw': 'Rendering Failure', 'detail': 'failure', 'has_own_time': false},
        {'name': 'open', 'raw': 'Open', 'detail': 'open'},
        {'name': 'click', 'raw': 'Click', 'detail': 'click'},
        {'name': 'subscription', 'raw': 'Subscription', 'detail': 'subscription'},
    ]) }}
{% endmacro %}

{% macro pinpoint_mail_types() %}
    {{ return([
        {'name': '_email.send', 'mail': 'send'},
        {'name': '_email.delivered', 'mail': 'delivery', 'recipients': ['delivery', 'recipients']},
        {'name': '_email.rejected', 'mail': 'reject'},
        {'name': '_email.hardbounce', 'mail': 'bounce', 'bounce_type': 'Permanent', 'recipients': ['bounce', 'bounced_recipients']},
        {'name': '_email.softbounce', 'mail': 'bounce', 'bounce_type': 'Transient', 'recipients': ['bounce', 'bounced_recipients']},
        {'name': '_email.complaint', 'mail': 'complaint', 'recipients': ['complaint', 'complained_recipients']},
        {'name': '_email.open', 'mail': 'open'},
        {'name': '_email.click', 'mail': 'click'},
        {'name': '_email.unsubscribe', 'mail': 'subscription'},
        {'name': '_email.rendering_failure', 'mail': 'rendering_failure'},
    ]) }}
{% endmacro %}

{# known_event_types: the names of the known types of each source. Apps name their own events in Pinpoint: none of those begins with _. #}
{% macro known_event_types() %}
    {{ return({
        'ses_event': ses_event_types() | map(attribute='name') | list,
        'ses_notification': ses_event_types() | map(attribute='name') | list,
        'ses_inbound': ['received'],
        'ses_account': [
            'sending_status_enabled', 'sending_status_disabled', 'advisor_recommendation_status_open', 'advisor_recommendation_status_resolved',
        ],
        'pinpoint': (pinpoint_mail_types() | map(attribute='name') | list) + [
            '_sms.buffered', '_sms.success', '_sms.failure', '_sms.fail', '_sms.optout', '_sms.send',
            '_campaign.send', '_campaign.opened_notification', '_campaign.received_foreground', '_campaign.received_background',
            '_journey.send', '_journey.opened_notification', '_journey.received_foreground', '_journey.received_background',
            '_session.start', '_session.stop', '_session.pause', '_session.resume',
            '_userauth.sign_in', '_userauth.sign_up', '_userauth.auth_fail', '_monetization.purchase',
        ],
        'eum': [
            'text_queued', 'text_pending', 'text_sent', 'text_successful', 'text_delivered', 'text_blocked', 'text_ttl_expired',
            'text_carrier_unreachable', 'text_invalid', 'text_invalid_message', 'text_carrier_blocked', 'text_unreachable', 'text_spam',
            'text_unknown', 'text_protect_blocked',
            'voice_initiated', 'voice_ringing', 'voice_answered', 'voice_completed', 'voice_busy', 'voice_no_answer', 'voice_ttl_expired', 'voice_failed',
            'media_queued', 'media_pending', 'media_successful', 'media_delivered', 'media_invalid', 'media_invalid_message', 'media_unreachable',
            'media_carrier_unreachable', 'media_blocked', 'media_carrier_blocked', 'media_spam', 'media_unknown', 'media_ttl_expired',
            'media_file_type_unsupported', 'media_file_size_exceeded', 'media_file_inaccessible',
            'rcs_queued', 'rcs_sent', 'rcs_delivered', 'rcs_read', 'rcs_failed', 'rcs_ttl_expired', 'rcs_protect_blocked', 'rcs_fallen_back_to_sms',
        ],
    }) }}
{% endmacro %}

{# is_known_type: a condition: the type is known of the source. #}
{% macro is_known_type(source, event_type) -%}
    case {{ source }}
        {%- for name, types in known_event_types().items() %}
        when '{{ name }}' then {{ event_type }} in ({{ text_list(types) }}){{ " or substr(" ~ event_type ~ ", 1, 1) <> '_'" if name == 'pinpoint' }}
        {%- endfor %}
        else false
    end
{%- endmacro %}

{# event_type_name: SESv2's name in lower case; an unknown type keeps its own, in lower case with _ for blanks. #}
{% macro event_type_name(raw) -%}
    case {{ raw }}
        {%- for type in ses_event_types() %}
        when '{{ type.raw }}' then '{{ type.name }}'
        {%- endfor %}
        else lower(replace({{ raw }}, ' ', '_'))
    end
{%- endmacro %}

{# ses_detail: the object with the fields of the event's own type. #}
{% macro ses_detail(payload, event_type) -%}
    case {{ event_type }}
        {%- for type in ses_event_types() %}
        when '{{ type.name }}' then {{ json_doc(payload, [type.detail]) }}
        {%- endfor %}
    end
{%- endmacro %}

{# ses_detail_name: the key of that object in the event; NULL for an unknown type. #}
{% macro ses_detail_name(event_type) -%}
    case {{ event_type }}
        {%- for type in ses_event_types() %}
        when '{{ type.name }}' then '{{ type.detail }}'
        {%- endfor %}
    end
{%- endmacro %}

{# ses_named_recipients: the list that names the recipients the event is about; `detail` is ses_detail. #}
{% macro ses_named_recipients(payload, detail, event_type) -%}
    case {{ event_type }}
        {%- for type in ses_event_types() if type.recipients %}
        when '{{ type.name }}' then {{ json_doc(detail, [type.recipients]) }}
        {%- endfor %}
        else {{ json_doc(payload, ['mail', 'destination']) }}
    end
{%- endmacro %}

{% macro ses_event_type_list() -%} {{ text_list(ses_event_types() | map(attribute='name')) }} {%- endmacro %}

{# The types that state no time of their own: the message's stands for it. #}
{% macro ses_types_without_own_time() -%} {{ text_list(ses_event_types() | selectattr('has_own_time', 'defined') | map(attribute='name')) }} {%- endmacro %}

{% macro is_pinpoint_mail(event_type) -%} substr({{ event_type }}, 1, 7) = '_email.' {%- endmacro %}

{# pinpoint_mail_type_name: SES's name of a type of Pinpoint's mail events; an unknown one keeps its own. NULL for other events: an
   app may name its events as SES does. #}
{% macro pinpoint_mail_type_name(event_type) -%}
    case {{ event_type }}
        {%- for type in pinpoint_mail_types() %}
        when '{{ type.name }}' then '{{ type.mail }}'
        {%- endfor %}
        else case when {{ is_pinpoint_mail(event_type) }} then {{ event_type }} end
    end
{%- endmacro %}

{% macro pinpoint_bounce_type(event_type) -%}
    case {{ event_type }}
        {%- for type in pinpoint_mail_types() if type.bounce_type %}
        when '{{ type.name }}' then '{{ type.bounce_type }}'
        {%- endfor %}
    end
{%- endmacro %}

{# pinpoint_mail: the path of a field of the message in an event of Pinpoint's mail. #}
{% macro pinpoint_mail(field) %}{{ return(pinpoint_mail_event() + ['mail', field]) }}{% endmacro %}
{% macro pinpoint_mail_event() %}{{ return(['facets', 'email_channel', 'mail_event']) }}{% endmacro %}

{# pinpoint_named_recipients: the list that names the recipients; the message's own list where the event has none. #}
{% macro pinpoint_named_recipients(payload, event_type) -%}
    case
        {%- for type in pinpoint_mail_types() if type.recipients %}
        {%- set list = json_doc(payload, pinpoint_mail_event() + type.recipients) %}
        when {{ event_type }} = '{{ type.name }}' and {{ json_length(list) }} > 0 then {{ list }}
        {%- endfor %}
        else {{ json_doc(payload, pinpoint_mail('destination')) }}
    end
{%- endmacro %}
