-- Grain: one row per End User Messaging event (text, media, voice, RCS) and day its copies say its message was sent. Repeats are dropped here.
-- The copy that EventBridge brings names no destination and has a row of its own.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('landing_objects')], 'seen_at') }}", **engine_config('append')) }}

with {{ first_copies('eum') }},

texts as (
    {{ json_texts('first_copies', 'payload', {
        'raw_event_type': ['eventType'],
        'message_status': ['messageStatus'],
        'status_description': ['messageStatusDescription'],
        'final_text': ['isFinal'],
        'origination': ['originationPhoneNumber'],
        'destination': ['destinationPhoneNumber'],
        'iso_country_code': ['isoCountryCode'],
        'international_text': ['isInternationalSend'],
        'mcc': ['mcc'],
        'mnc': ['mnc'],
        'carrier_name': ['carrierName'],
        'content_type': ['contentType'],
        'message_encoding': ['messageEncoding'],
        'message_type': ['messageType'],
        'parts_text': ['totalMessageParts'],
        'price_text': ['totalMessagePrice'],
        'carrier_fee_text': ['totalCarrierFee'],
        'call_seconds_text': ['callDurationInSeconds'],
        'call_minutes_text': ['totalDurationInMinutes'],
        'protect_configuration_id': ['protectConfiguration', 'protectConfigurationId'],
        'protect_status': ['protectConfiguration', 'protectStatus'],
        'protect_recommendation': ['protectConfigurationAssessment', 'protectRecommendation'],
        'protect_block_reason': ['protectConfigurationAssessment', 'protectInsights', 'blockReason'],
    }) }}
),

told as (
    {{ json_texts('texts', 'envelope', {'account_id': ['account'], 'region': ['region']}) }}
)

select
    ---------- ids
    event_id,
    message_id,
    {{ text_column('account_id') }},
    ---------- the message
    event_type,
    {{ text_columns(['raw_event_type', 'region', 'message_status', 'status_description']) }},
    {{ text_bool('final_text') }} as is_final,
    {{ text_columns(['origination', 'destination', 'iso_country_code']) }},
    {{ text_bool('international_text') }} as is_international,
    {{ text_columns(['mcc', 'mnc', 'carrier_name', 'content_type', 'message_encoding', 'message_type']) }},
    {{ text_bigint('parts_text') }} as parts,
    {{ text_double('price_text') }} as price_usd,
    {{ text_double('carrier_fee_text') }} as carrier_fee_usd,
    {{ text_bigint('call_seconds_text') }} as call_seconds,
    {{ text_bigint('call_minutes_text') }} as call_minutes,
    {{ text_columns(['protect_configuration_id', 'protect_status', 'protect_recommendation', 'protect_block_reason']) }},
    {{ staged_last_columns() }}
from told
{{ day_order() }}
