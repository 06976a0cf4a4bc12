{#- Pinpoint's events in the words of SES (event reference, section 5). Types are in lower case, as landing writes them. -#}
{% macro pinpoint_mail_types() %}
    {{ return([
        {'raw': '_email.send', 'name': 'send', 'bounce_type': none},
        {'raw': '_email.delivered', 'name': 'delivery', 'bounce_type': none},
        {'raw': '_email.rejected', 'name': 'reject', 'bounce_type': none},
        {'raw': '_email.hardbounce', 'name': 'bounce', 'bounce_type': 'Permanent'},
        {'raw': '_email.softbounce', 'name': 'bounce', 'bounce_type': 'Transient'},
        {'raw': '_email.complaint', 'name': 'complaint', 'bounce_type': none},
        {'raw': '_email.open', 'name': 'open', 'bounce_type': none},
        {'raw': '_email.click', 'name': 'click', 'bounce_type': none},
        {'raw': '_email.unsubscribe', 'name': 'subscription', 'bounce_type': none},
        {'raw': '_email.rendering_failure', 'name': 'rendering_failure', 'bounce_type': none},
    ]) }}
{% endmacro %}

{% macro is_pinpoint_mail(event_type) -%} substr({{ event_type }}, 1, 7) = '_email.' {%- endmacro %}

{# SES's name of a type of Pinpoint's mail events; one that is not known keeps its own. NULL for what is no mail: an app may call
   its events as SES does. #}
{% macro pinpoint_mail_type_name(event_type) -%}
    case {{ event_type }}
        {%- for type in pinpoint_mail_types() %}
        when '{{ type.raw }}' then '{{ type.name }}'
        {%- endfor %}
        else case when {{ is_pinpoint_mail(event_type) }} then {{ event_type }} end
    end
{%- endmacro %}

{% macro pinpoint_bounce_type(event_type) -%}
    case {{ event_type }}
        {%- for type in pinpoint_mail_types() if type.bounce_type %}
        when '{{ type.raw }}' then '{{ type.bounce_type }}'
        {%- endfor %}
    end
{%- endmacro %}

{# The list that names the recipients; of lists that no official example shows, the message's own where they are not there. #}
{% macro pinpoint_named_recipients(payload, event_type) -%}
    {%- set event = ['facets', 'email_channel', 'mail_event'] -%}
    {%- set lists = {'_email.delivered': ['delivery', 'recipients'], '_email.hardbounce': ['bounce', 'bounced_recipients'], '_email.softbounce': ['bounce', 'bounced_recipients'], '_email.complaint': ['complaint', 'complained_recipients']} -%}
    case
        {%- for type, path in lists.items() %}
        when {{ event_type }} = '{{ type }}' and {{ json_length(json_doc(payload, event + path)) }} > 0 then {{ json_doc(payload, event + path) }}
        {%- endfor %}
        else {{ json_doc(payload, event + ['mail', 'destination']) }}
    end
{%- endmacro %}

{# The columns that say whom an event of a campaign or a journey is about. #}
{% macro pinpoint_endpoint_columns() -%}
    ---------- ids
    event_id,
    account_id,
    app_id,
    client_id,
    -- whom it is about joins to dim_recipients, or to the destinations of fct_sms_messages
    case when endpoint_channel = 'EMAIL' then {{ md5_text(address_only('endpoint_address')) }} end as recipient_key,
    case when endpoint_channel in ('SMS', 'VOICE') then {{ phone_key('endpoint_address') }} end as destination_key,
    endpoint_channel,
{%- endmacro %}
