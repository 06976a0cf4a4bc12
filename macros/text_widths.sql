{#- How long texts may be, in characters, which are code points: one table for every engine (docs/engines.md, "Widths"). On Redshift
    more than the width of a column is an error and not a cut, and marts are the same on every engine: so texts are cut on all of them. -#}

{# A text as it leaves JSON, whole for keys and patterns to read. Redshift's texts have 65,535 bytes, and a character has up to four. #}
{% macro longest_text() %}{{ return(16383) }}{% endmacro %}

{# text_characters: how many a column of this name holds, whatever table it is in. #}
{% macro text_characters(column) %}
    {#- what people, programs and servers write in sentences, and links: nothing limits them. A line of an SMTP reply has 512 bytes
        (RFC 5321, 4.5.3.1.5), and a reply some lines -#}
    {% set sentences = [
        'bounce_message', 'customer_context', 'diagnostic_code', 'error_message', 'feedback', 'journey_send_status_message', 'link', 'recommendation',
        'smtp_response', 'status_cause', 'status_description',
    ] %}
    {#- a line of a header has 998 characters (RFC 5322, 2.1.1), a key in S3 1,024 bytes. SES's message ids have 60 -#}
    {% set lines = [
        'function_arn', 'header_from', 'header_message_id', 'mail_from', 'message_id', 'object_key', 'organization_arn', 'path', 'resource_arn',
        'return_path', 'source_arn', 'subject', 'topic_arn', 'user_agent',
    ] %}
    {#- an address has 320 (RFC 5321, 4.5.3.1: 64 before the @ and 255 after), a domain 255, the name or the value of a tag 256,
        a configuration set or a template 64 -#}
    {{ return(4096 if column in sentences else 1024 if column in lines else 320) }}
{% endmacro %}

{# text_column: the text (by default the column itself) as a column of a table. #}
{% macro text_column(column, text=none) -%} {{ text_cut(text or column, text_characters(column)) }} as {{ column }} {%- endmacro %}
{# The type of a column of this name. #}
{% macro text_type(column) -%} {{ type_text(4 * text_characters(column)) }} {%- endmacro %}
