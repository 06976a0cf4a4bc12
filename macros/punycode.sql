{#- Domains in Punycode (RFC 3492). Mail servers take `müller.example` and `xn--mller-kva.example` for one domain, and so do the marts. -#}

{# encoded_domains: the CTEs up to `encoded_domains`: one row for each domain in the column `domain` of `relation` that has characters beyond
   ASCII, as written (`domain`) and in Punycode (`encoded`). Letters become lower case, East Asia's full stops become `.`; letters are not
   composed or narrowed, which Redshift cannot do. No row where a label has no letter or more than 63, or the domain more than 255.

   RFC 3492 (6.3) encodes by loops within loops, which the engines write differently. Here everything that a loop computes is a row: a letter,
   then a digit of its insertion. `h`, `bias`, `t`, `q` and the deltas are the RFC's. Nearly every CTE reads the one before it alone:
   Athena carries a CTE out again for each that reads it. #}
{% macro encoded_domains(relation, domain) -%}
    distinct_domains as (
        select distinct {{ domain }} as domain
        from {{ relation }}
        where {{ text_matches(domain, '[^ -~]') }} and length({{ domain }}) <= 255
    ),

    -- a number stands for the domain in all rows to come: a text in each would take much memory
    lowered_domains as (
        select
            domain,
            translate(lower(domain), '。．｡', '...') as lowered,
            row_number() over (order by domain) as domain_number
        from distinct_domains
    ),

    domain_labels as (
        select
            lowered_domains.domain_number,
            numbers.number as label_number,
            split_part(lowered_domains.lowered, '.', numbers.number) as label
        from lowered_domains
        inner join {{ numbers_to_256() }} as numbers
            on length(lowered_domains.lowered) - length(replace(lowered_domains.lowered, '.', '')) + 1 >= numbers.number
        where not {{ text_matches('lowered_domains.lowered', '^[.]|[.][.]|[.]$|[^.]{64}') }}
    ),

    label_letters as (
        select
            domain_labels.domain_number,
            domain_labels.label_number,
            domain_labels.label,
            numbers.number as position,
            substr(domain_labels.label, numbers.number, 1) as letter,
            {{ text_code_point('substr(domain_labels.label, numbers.number, 1)') }} as code_point
        from domain_labels
        inner join {{ numbers_to_256() }} as numbers on length(domain_labels.label) >= numbers.number
    ),

    -- ASCII stands first; the others are inserted one by one, the lowest code point first: behind so many letters
    placed_letters as (
        select
            letters.domain_number,
            letters.label_number,
            letters.position,
            letters.letter,
            letters.code_point,
            sum(case when {{ text_code_point('substr(letters.label, numbers.number, 1)') }} <= letters.code_point then 1 else 0 end) as place
        from label_letters as letters
        left join {{ numbers_to_256() }} as numbers on letters.position > numbers.number
        group by letters.domain_number, letters.label_number, letters.position, letters.letter, letters.code_point
    ),

    ranked_letters as (
        select
            domain_number,
            label_number,
            letter,
            code_point,
            place,
            row_number() over (partition by domain_number, label_number order by case when code_point < 128 then 0 else code_point end, position) as letter_rank,
            sum(case when code_point < 128 then 1 else 0 end) over (partition by domain_number, label_number) as ascii_letters
        from placed_letters
    ),

    followed_letters as (
        select
            *,
            case when letter_rank > ascii_letters + 1 then lag(code_point) over (partition by domain_number, label_number order by letter_rank) else 128 end as last_code_point,
            case when letter_rank > ascii_letters + 1 then lag(place) over (partition by domain_number, label_number order by letter_rank) + 1 else 0 end as first_place
        from ranked_letters
    ),

    insertions as (
        select
            domain_number,
            label_number,
            letter,
            code_point,
            letter_rank,
            ascii_letters,
            letter_rank - 1 as h,
            case when letter_rank > ascii_letters then (code_point - last_code_point) * letter_rank + place - first_place end as delta_value,
            case when letter_rank = ascii_letters + 2 then 700 else 2 end as damp
        from followed_letters
    ),

    damped_deltas as (
        select
            *,
            {{ whole_part('lag(delta_value) over (partition by domain_number, label_number order by letter_rank)', 'damp') }} as damped_delta
        from insertions
    ),

    shared_deltas as (
        select
            *,
            damped_delta + {{ whole_part('damped_delta', 'h') }} as shared_delta
        from damped_deltas
    ),

    -- the RFC divides by 35 while more than 455 is left, and adds 36 to the bias each time
    reduced_deltas as (
        select
            *,
            case
                when shared_delta < 456 then 0 when shared_delta < 15960 then 36 when shared_delta < 558600 then 72
                when shared_delta < 19551000 then 108 else 144
            end as reductions,
            case
                when shared_delta < 456 then shared_delta when shared_delta < 15960 then {{ whole_part('shared_delta', '35') }}
                when shared_delta < 558600 then {{ whole_part('shared_delta', '1225') }}
                when shared_delta < 19551000 then {{ whole_part('shared_delta', '42875') }} else {{ whole_part('shared_delta', '1500625') }}
            end as reduced_delta
        from shared_deltas
    ),

    biased_deltas as (
        select
            domain_number,
            label_number,
            letter,
            code_point,
            letter_rank,
            ascii_letters,
            delta_value,
            coalesce(reductions + {{ whole_part('36 * reduced_delta', '(reduced_delta + 38)') }}, 72) as bias
        from reduced_deltas
    ),

    thresholds as (
        select
            biased_deltas.*,
            numbers.number as digit_number,
            greatest(1, least(26, 36 * numbers.number - bias)) as t
        from biased_deltas
        -- a digit counts for ten times the one before it, or more
        inner join {{ numbers(1, 10) }} as numbers on numbers.number <= 1 + length(cast(coalesce(delta_value, 0) as varchar(20)))
    ),

    -- what a digit counts for is the product of 36 - t over the digits before it: a sum of logarithms, exact when rounded
    weights as (
        select
            *,
            cast(round(exp(coalesce(
                sum(ln(cast(36 - t as {{ type_double() }}))) over (
                    partition by domain_number, label_number, letter_rank order by digit_number rows between unbounded preceding and 1 preceding
                ), 0
            ))) as bigint) as weight
        from thresholds
    ),

    remainders as (
        select
            *,
            delta_value - cast(coalesce(
                sum(t * weight) over (partition by domain_number, label_number, letter_rank order by digit_number rows between unbounded preceding and 1 preceding), 0
            ) as bigint) as remainder
        from weights
    ),

    digits as (
        select
            *,
            {{ whole_part('remainder', 'weight') }} as q
        from remainders
        where case when letter_rank > ascii_letters then remainder >= 0 else digit_number = 1 end
    ),

    encoded_letters as (
        select
            domain_number,
            label_number,
            code_point,
            letter_rank,
            digit_number,
            case
                when letter_rank <= ascii_letters then letter
                else case when letter_rank = ascii_letters + 1 and digit_number = 1 and ascii_letters > 0 then '-' else '' end
                    || substr('abcdefghijklmnopqrstuvwxyz0123456789', cast(case when q < t then q else t + mod(q - t, 36 - t) end as integer) + 1, 1)
            end as piece
        from digits
    ),

    encoded_labels as (
        select
            domain_number,
            label_number,
            case when label_number > 1 then '.' else '' end || case when max(code_point) < 128 then '' else 'xn--' end
            || {{ texts_joined('piece', 'letter_rank, digit_number') }} as label
        from encoded_letters
        group by domain_number, label_number
    ),

    joined_labels as (
        select
            domain_number,
            {{ texts_joined('label', 'label_number') }} as encoded
        from encoded_labels
        group by domain_number
    ),

    encoded_domains as (
        select lowered_domains.domain, joined_labels.encoded
        from joined_labels
        inner join lowered_domains on joined_labels.domain_number = lowered_domains.domain_number
        where length(joined_labels.encoded) <= 255
    )
{%- endmacro %}

{# encoded_address: the CTEs up to `encoded_<address>`: the rows of `relation` with the columns `address`, the address in the column `given` with
   its domain in Punycode, and `domain`, that domain. `domains` is int_domains_encoded. #}
{% macro encoded_address(relation, given, address, domain, domains) -%}
    {{ given }}_at_domain as (
        select
            *,
            {{ address_domain(given) }} as {{ given }}_domain
        from {{ relation }}
    ),

    encoded_{{ address }} as (
        select
            at_domain.*,
            {{ address_at_domain('at_domain.' ~ given, 'at_domain.' ~ given ~ '_domain', 'domains.encoded') }} as {{ address }},
            coalesce(domains.encoded, at_domain.{{ given }}_domain) as {{ domain }}
        from {{ given }}_at_domain as at_domain
        left join {{ domains }} as domains on at_domain.{{ given }}_domain = domains.domain
    )
{%- endmacro %}

{# address_at_domain: the address with its domain in Punycode (`encoded`), or as it is where that is NULL. #}
{% macro address_at_domain(address, domain, encoded) -%}
    case when {{ encoded }} is null then {{ address }} else substr({{ address }}, 1, length({{ address }}) - length({{ domain }})) || {{ encoded }} end
{%- endmacro %}

{# How many times b goes into a, both of 0 or more: DuckDB divides whole numbers into fractions. #}
{% macro whole_part(a, b) -%} cast(floor(cast({{ a }} as {{ type_double() }}) / {{ b }}) as bigint) {%- endmacro %}

{% macro numbers_to_256() -%} (select 16 * high.number + low.number as number from {{ numbers(0, 15) }} as high cross join {{ numbers(1, 16) }} as low) {%- endmacro %}
