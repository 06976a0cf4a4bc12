{#- Domains in Punycode (RFC 3492). Mail servers take `müller.example` and `xn--mller-kva.example` for one domain, and so do the marts. -#}

{# encoded_domains: the CTEs up to `encoded_domains`: one row for each text in the column `domain` of `relation` that has characters beyond
   ASCII: the text as written (`domain`) and in Punycode (`encoded`). Letters become lower case, East Asia's full stops become `.`; letters are
   not composed or narrowed, which Redshift cannot do. A text of more than 255 characters, as written or in Punycode, is not a domain.

   RFC 3492 (6.3) encodes by loops within loops, which the engines write differently. Here everything that a loop computes is a row: a letter,
   the insertion of a letter, a digit of that insertion. `h`, `delta`, `bias`, `t` and `q` are the RFC's. -#}
{% macro encoded_domains(relation, domain) -%}
    lowered_domains as (
        select distinct
            {{ domain }} as domain,
            translate(lower({{ domain }}), '。．｡', '...') as lowered
        from {{ relation }}
        where {{ text_matches(domain, '[^ -~]') }} and length({{ domain }}) <= 255
    ),

    domain_letters as (
        select
            lowered_domains.domain,
            numbers.number as position,
            substr(lowered_domains.lowered, numbers.number, 1) as letter
        from lowered_domains
        inner join {{ numbers_to_256() }} as numbers on length(lowered_domains.lowered) >= numbers.number
    ),

    domain_labels as (
        select
            domain,
            position,
            letter,
            {{ text_code_point('letter') }} as code_point,
            sum(case when letter = '.' then 1 else 0 end) over (partition by domain order by position rows unbounded preceding) as label
        from domain_letters
    ),

    -- ASCII stands first; the others are inserted one by one, the lowest code point first
    ranked_letters as (
        select
            domain,
            label,
            position,
            letter,
            code_point,
            row_number() over (partition by domain, label order by case when code_point < 128 then 0 else code_point end, position) as letter_rank,
            sum(case when code_point < 128 then 1 else 0 end) over (partition by domain, label) as ascii_letters
        from domain_labels
        where letter <> '.'
    ),

    placed_letters as (
        select
            inserted.domain,
            inserted.label,
            inserted.letter_rank,
            inserted.code_point,
            inserted.ascii_letters,
            count(earlier.letter) as place
        from ranked_letters as inserted
        left join ranked_letters as earlier
            on inserted.domain = earlier.domain
            and inserted.label = earlier.label
            and inserted.letter_rank > earlier.letter_rank
            and inserted.position > earlier.position
        where inserted.code_point >= 128
        group by inserted.domain, inserted.label, inserted.letter_rank, inserted.code_point, inserted.ascii_letters
    ),

    insertions as (
        select
            domain,
            label,
            letter_rank,
            letter_rank - 1 as h,
            (code_point - coalesce(lag(code_point) over (partition by domain, label order by letter_rank), 128)) * letter_rank
            + place - coalesce(lag(place) over (partition by domain, label order by letter_rank) + 1, 0) as delta,
            case when letter_rank = ascii_letters + 2 then 700 else 2 end as damp
        from placed_letters
    ),

    last_deltas as (
        select
            domain,
            label,
            letter_rank,
            h,
            delta,
            {{ whole_part('lag(delta) over (partition by domain, label order by letter_rank)', 'damp') }} as damped_delta
        from insertions
    ),

    shared_deltas as (
        select
            domain,
            label,
            letter_rank,
            delta,
            damped_delta + {{ whole_part('damped_delta', 'h') }} as shared_delta
        from last_deltas
    ),

    -- the RFC divides by 35 while more than 455 is left
    reductions as (
        select
            domain,
            label,
            letter_rank,
            delta,
            case
                when shared_delta < 456 then 0 when shared_delta < 15960 then 36 when shared_delta < 558600 then 72
                when shared_delta < 19551000 then 108 else 144
            end as reduced,
            case
                when shared_delta < 456 then shared_delta when shared_delta < 15960 then {{ whole_part('shared_delta', '35') }}
                when shared_delta < 558600 then {{ whole_part('shared_delta', '1225') }}
                when shared_delta < 19551000 then {{ whole_part('shared_delta', '42875') }} else {{ whole_part('shared_delta', '1500625') }}
            end as rest
        from shared_deltas
    ),

    thresholds as (
        select
            reductions.domain,
            reductions.label,
            reductions.letter_rank,
            reductions.delta,
            numbers.number as digit_number,
            greatest(1, least(26, 36 * numbers.number - coalesce(reduced + {{ whole_part('36 * rest', '(rest + 38)') }}, 72))) as t
        from reductions
        cross join {{ numbers(1, 10) }} as numbers
    ),

    -- what a digit counts for is the product of 36 - t over the digits before it: a sum of logarithms, exact when rounded
    weights as (
        select
            domain,
            label,
            letter_rank,
            delta,
            digit_number,
            t,
            cast(round(exp(coalesce(
                sum(ln(cast(36 - t as {{ type_double() }}))) over (
                    partition by domain, label, letter_rank order by digit_number rows between unbounded preceding and 1 preceding
                ), 0
            ))) as bigint) as weight
        from thresholds
    ),

    remainders as (
        select
            domain,
            label,
            letter_rank,
            delta,
            digit_number,
            t,
            weight,
            delta - cast(coalesce(
                sum(t * weight) over (partition by domain, label, letter_rank order by digit_number rows between unbounded preceding and 1 preceding), 0
            ) as bigint) as remainder
        from weights
    ),

    digits as (
        select
            domain,
            label,
            letter_rank,
            digit_number,
            t,
            {{ whole_part('remainder', 'weight') }} as q
        from remainders
        where remainder >= 0
    ),

    encoded_pieces as (
        select domain, label, 0 as part, 0 as letter_rank, 0 as digit_number, letter as piece from domain_labels where letter = '.'
        union all
        select distinct domain, label, 1 as part, 0 as letter_rank, 0 as digit_number, 'xn--' as piece from placed_letters
        union all
        select domain, label, 2 as part, letter_rank, 0 as digit_number, letter as piece from ranked_letters where code_point < 128
        union all
        select distinct domain, label, 3 as part, 0 as letter_rank, 0 as digit_number, '-' as piece from placed_letters where ascii_letters > 0
        union all
        select
            domain,
            label,
            4 as part,
            letter_rank,
            digit_number,
            substr('abcdefghijklmnopqrstuvwxyz0123456789', cast(case when q < t then q else t + mod(q - t, 36 - t) end as integer) + 1, 1) as piece
        from digits
    ),

    joined_pieces as (
        select
            domain,
            {{ texts_joined('piece', 'label, part, letter_rank, digit_number') }} as encoded
        from encoded_pieces
        group by domain
    ),

    encoded_domains as (
        select domain, encoded
        from joined_pieces
        where length(encoded) <= 255
    )
{%- endmacro %}

{# address_at_domain: the address with its domain in Punycode (`encoded`), or as it is where that is NULL. #}
{% macro address_at_domain(address, domain, encoded) -%}
    case when {{ encoded }} is null then {{ address }} else substr({{ address }}, 1, length({{ address }}) - length({{ domain }})) || {{ encoded }} end
{%- endmacro %}

{# How many times b goes into a, both of 0 or more: DuckDB divides whole numbers into fractions. #}
{% macro whole_part(a, b) -%} cast(floor(cast({{ a }} as {{ type_double() }}) / {{ b }}) as bigint) {%- endmacro %}

{% macro numbers_to_256() -%} (select 16 * high.number + low.number as number from {{ numbers(0, 15) }} as high cross join {{ numbers(1, 16) }} as low) {%- endmacro %}
