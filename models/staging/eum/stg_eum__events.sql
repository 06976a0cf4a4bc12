-- Grain: one row per End User Messaging event (text, media, voice, RCS) and day its copies say its message was sent. Repeats are dropped here.
-- The copy that EventBridge brings names no destination and has a row of its own.
{{ config(**append_rows(reads='landing_records')) }}

with {{ first_copies(['eum']) }},

texts as (
    {{ json_strings('first_copies', 'payload', {
        'raw_event_type': ['eventType'],
        'message_status': ['messageStatus'],
        'status_description': ['messageStatusDescription'],
        'origination': ['originationPhoneNumber'],
        'destination': ['destinationPhoneNumber'],
        'iso_country_code': ['isoCountryCode'],
        'mcc': ['mcc'],
        'mnc': ['mnc'],
        'carrier_name': ['carrierName'],
        'content_type': ['contentType'],
        'message_encoding': ['messageEncoding'],
        'message_type': ['messageType'],
        'protect_configuration_id': ['protectConfiguration', 'protectConfigurationId'],
        'protect_status': ['protectConfiguration', 'protectStatus'],
        'protect_recommendation': ['protectConfigurationAssessment', 'protectRecommendation'],
        'protect_block_reason': ['protectConfigurationAssessment', 'protectInsights', 'blockReason'],
    }, scalars={
        'final_text': ['isFinal'],
        'international_text': ['isInternationalSend'],
        'parts_text': ['totalMessageParts'],
        'price_text': ['totalMessagePrice'],
        'carrier_fee_text': ['totalCarrierFee'],
        'call_seconds_text': ['callDurationInSeconds'],
        'call_minutes_text': ['totalDurationInMinutes'],
    }) }}
),

envelope_texts as (
    {{ json_strings('texts', 'envelope', {'account_id': ['account'], 'region': ['region']}) }}
)

select
    ---------- ids
    source,
    event_id,
    message_id,
    {{ text_column('account_id') }},
    ---------- the message
    event_type,
    {{ text_column('raw_event_type') }},
    {{ text_column('region') }},
    {{ text_column('message_status') }},
    {{ text_column('status_description') }},
    {{ text_bool('final_text') }} as is_final,
    {{ text_column('origination') }},
    {{ text_column('destination') }},
    {{ text_column('iso_country_code') }},
    {{ text_bool('international_text') }} as is_international,
    {{ text_column('mcc') }},
    {{ text_column('mnc') }},
    {{ text_column('carrier_name') }},
    {{ text_column('content_type') }},
    {{ text_column('message_encoding') }},
    {{ text_column('message_type') }},
    {{ text_bigint('parts_text') }} as parts,
    {{ text_double('price_text') }} as price_usd,
    {{ text_double('carrier_fee_text') }} as carrier_fee_usd,
    {{ text_bigint('call_seconds_text') }} as call_seconds,
    {{ text_bigint('call_minutes_text') }} as call_minutes,
    {{ text_column('protect_configuration_id') }},
    {{ text_column('protect_status') }},
    {{ text_column('protect_recommendation') }},
    {{ text_column('protect_block_reason') }},
    ---------- timestamps, UTC
    occurred_at,
    occurred_at_text,
    mail_sent_at,
    landed_at,
    recorded_at,
    {{ run_time() }} as staged_at,
    ---------- stored in; landing_records has the payload
    landed_object,
    sent_date
from envelope_texts
