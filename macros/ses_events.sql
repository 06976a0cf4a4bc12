{#- The ten event types of SES (event reference, table 1.2): the name in the event, SESv2's name in lower case, the
    object that holds the type's own fields, and the list that names the recipients. -#}
{% macro ses_event_types() %}
    {{ return([
        {'raw': 'Send', 'name': 'send', 'key': 'send', 'recipients': none},
        {'raw': 'Delivery', 'name': 'delivery', 'key': 'delivery', 'recipients': 'recipients'},
        {'raw': 'DeliveryDelay', 'name': 'delivery_delay', 'key': 'deliveryDelay', 'recipients': 'delayedRecipients'},
        {'raw': 'Bounce', 'name': 'bounce', 'key': 'bounce', 'recipients': 'bouncedRecipients'},
        {'raw': 'Complaint', 'name': 'complaint', 'key': 'complaint', 'recipients': 'complainedRecipients'},
        {'raw': 'Reject', 'name': 'reject', 'key': 'reject', 'recipients': none},
        {'raw': 'Rendering Failure', 'name': 'rendering_failure', 'key': 'failure', 'recipients': none},
        {'raw': 'Open', 'name': 'open', 'key': 'open', 'recipients': none},
        {'raw': 'Click', 'name': 'click', 'key': 'click', 'recipients': none},
        {'raw': 'Subscription', 'name': 'subscription', 'key': 'subscription', 'recipients': none},
    ]) }}
{% endmacro %}

{# event_type_name: SESv2's name in lower case; an unknown type keeps its own, in lower case with _ for blanks. #}
{% macro event_type_name(raw) -%}
    case {{ raw }}
        {%- for type in ses_event_types() %}
        when '{{ type.raw }}' then '{{ type.name }}'
        {%- endfor %}
        else lower(replace({{ raw }}, ' ', '_'))
    end
{%- endmacro %}

{# The object that holds the fields of the event's own type. #}
{% macro ses_detail(payload, event_type) -%}
    case {{ event_type }}
        {%- for type in ses_event_types() %}
        when '{{ type.name }}' then {{ json_doc(payload, [type.key]) }}
        {%- endfor %}
    end
{%- endmacro %}

{# The list that names the recipients the event is about. #}
{% macro ses_named_recipients(payload, event_type) -%}
    case {{ event_type }}
        {%- for type in ses_event_types() if type.recipients %}
        when '{{ type.name }}' then {{ json_doc(payload, [type.key, type.recipients]) }}
        {%- endfor %}
        else {{ json_doc(payload, ['mail', 'destination']) }}
    end
{%- endmacro %}

{% macro ses_event_type_list() -%}
    {%- for type in ses_event_types() -%}{{ ', ' if not loop.first }}'{{ type.name }}'{%- endfor -%}
{%- endmacro %}

{# The event's own time as text for keys: milliseconds where it was readable, else what was written. #}
{% macro event_time_text(occurred_at, own_time_text) -%}
    coalesce({{ ms_text(occurred_at) }}, {{ own_time_text }})
{%- endmacro %}

{# exploded_tags: the CTEs up to `tag_texts`: a row per tag and value in the column `tags` of `relation`, with the columns `keep`.
   Tags are a map of arrays of texts; hand-made events have plain text. #}
{% macro exploded_tags(relation, keep) -%}
    tags as (
        {{ json_keys_each(relation, keep, 'tags', 'tag_name', 'tag_values') }}
    ),

    tag_values as (
        {{ json_each('tags', keep + ['tag_name', 'tag_values'], 'tag_values', 'tag_element') }}
    ),

    tag_elements as (
        select
            {{ keep | join(', ') }},
            {{ text_column('tag_name') }},
            {{ text_column('tag_value', 'coalesce(' ~ json_text('tag_element', []) ~ ', ' ~ json_text('tag_values', []) ~ ')') }}
        from tag_values
    ),

    tag_texts as (
        select distinct {{ keep | join(', ') }}, tag_name, tag_value
        from tag_elements
        where tag_value is not null
    )
{%- endmacro %}
