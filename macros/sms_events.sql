{#- Text, media and voice messages: one vocabulary for Pinpoint and End User Messaging (event reference, 5.5, 6.1 and 6.2). -#}

{# What a status, or the end of an event type, says of the message. #}
{% macro sms_outcomes() %}
    {{ return({
        'delivered': ['DELIVERED', 'READ', 'COMPLETED'],
        'accepted': ['SUCCESSFUL', 'SUCCESS'],
        'in_flight': ['QUEUED', 'PENDING', 'SENT', 'SEND', 'ACCEPTED', 'BUFFERED', 'INITIATED', 'RINGING', 'ANSWERED', 'FALLEN_BACK_TO_SMS'],
        'blocked': ['BLOCKED', 'CARRIER_BLOCKED', 'PROTECT_BLOCKED', 'SPAM', 'OPTED_OUT'],
        'unknown': ['UNKNOWN'],
        'failed': [
            'FAILURE', 'FAILED', 'FAIL', 'INVALID', 'INVALID_MESSAGE', 'UNREACHABLE', 'CARRIER_UNREACHABLE', 'UNROUTABLE', 'TTL_EXPIRED', 'BUSY', 'NO_ANSWER',
            'FILE_TYPE_UNSUPPORTED', 'FILE_SIZE_EXCEEDED', 'FILE_INACCESSIBLE', 'MAX_PRICE_EXCEEDED', 'NO_QUOTA_LEFT_ON_ACCOUNT',
            'NO_ORIGINATION_IDENTITY_AVAILABLE_TO_SEND', 'DESTINATION_COUNTRY_NOT_SUPPORTED', 'ACCOUNT_IN_SANDBOX', 'RATE_EXCEEDED',
            'INVALID_ORIGINATION_IDENTITY', 'ORIGINATION_IDENTITY_DOES_NOT_EXIST', 'INVALID_DLT_PARAMETERS', 'INVALID_PARAMETERS', 'ACCESS_DENIED',
            'INVALID_KEYWORD', 'INVALID_SENDER_ID', 'INVALID_POOL_ID', 'SENDER_ID_NOT_SUPPORTED_FOR_DESTINATION', 'INVALID_PHONE_NUMBER',
        ],
    }) }}
{% endmacro %}

{# The outcome that a word names; NULL for a word that is not known. #}
{% macro sms_outcome(word) -%}
    case
        {%- for outcome, words in sms_outcomes().items() %}
        when upper({{ word }}) in ('{{ words | join("', '") }}') then '{{ outcome }}'
        {%- endfor %}
    end
{%- endmacro %}

{# phone_key: the MD5 of a phone number without the + that some events leave out, and without the blanks and signs that people write
   between digits: an endpoint's address is what the customer entered. #}
{% macro phone_key(number) -%} {{ md5_text("nullif(" ~ text_replaced(number, '[-+ ().]', '') ~ ", '')") }} {%- endmacro %}
