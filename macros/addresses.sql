{#- Addresses as people, programs and foreign servers write them. Every model reads them by these macros, and each pattern is linear:
    a foreign server may write any text (tests/dbt/engine/promises_addresses.py has what each gives). -#}

{# address_only: the first address in the text, in lower case (ASCII letters); the tag after + stays. Names, comments, brackets, a prefix
   such as `rfc822;` and blanks around it are left out; a quoted local part keeps its characters. A text without an address is what is
   left of it; NULL when nothing is. #}
{% macro address_only(text) -%}
    {%- set written = address_lowered(text) -%}
    case
        -- almost every address: alone, or behind a name
        when {{ text_matches(written, plain_address_pattern()) }} then {{ written }}
        else coalesce({{ text_extract(written, named_address_pattern()) }}, {{ first_address(address_spaced(written)) }})
    end
{%- endmacro %}

{# address_domain: the domain of what address_only gives. NULL where that is not an address, so a domain never has a name or a sentence. #}
{% macro address_domain(address) -%}
    case
        when {{ text_matches(address, plain_address_pattern()) }} then substr({{ address }}, strpos({{ address }}, '@') + 1)
        else {{ text_extract(address_visible(address), '[^ @]@(' ~ domain_pattern() ~ ')$') }}
    end
{%- endmacro %}

{# author_domain: the domain of the first author that the From header names, else of the envelope's sender. #}
{% macro author_domain(header, sender) -%}
    coalesce({{ address_domain(address_only(header)) }}, {{ address_domain(address_only(sender)) }})
{%- endmacro %}

{# addresses_each: a select of `relation` with one row per address in the column `text`, the columns `address` (as address_only gives it)
   and `address_number`, from 1. A text that names one address or none keeps one row. At most 50 are taken: SES sends to no more. #}
{% macro addresses_each(relation, text, address) -%}
    select
        listed.*,
        numbers.address_number,
        case
            when numbers.address_count > 1 then {{ address_at(address_spaced(address_lowered('listed.' ~ text)), 'numbers.address_number') }}
            else {{ address_only('listed.' ~ text) }}
        end as {{ address }}
    from (
        select
            *,
            case when {{ text }} like '%@%@%' then {{ address_count(address_spaced(address_lowered(text))) }} else 1 end as listed_addresses
        from {{ relation }}
    ) as listed
    -- by equal counts: a comparison of each row with each number would cost more
    inner join (
        select counts.number as address_count, numbers.number as address_number
        from {{ numbers_to_50() }} as counts
        inner join {{ numbers_to_50() }} as numbers on counts.number >= numbers.number
    ) as numbers on listed.listed_addresses = numbers.address_count
{%- endmacro %}

{#- ---------- how the text is prepared -#}

{# ASCII letters in lower case, tabs and line ends as blanks. #}
{% macro address_lowered(text) -%}
    trim(both ' ' from translate({{ text }}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13), 'abcdefghijklmnopqrstuvwxyz     '))
{%- endmacro %}

{# Unicode's blanks as blanks. A backslash and a quote behind a backslash become two characters that no address has, so that quotes pair. #}
{% macro address_spaced(text) -%}
    {%- set blanks = "\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000" -%}
    replace(replace(translate({{ text }}, '{{ blanks }}', '{{ ' ' * blanks | length }}'), chr(92) || chr(92), chr(1)), chr(92) || '"', chr(2))
{%- endmacro %}

{# Characters without a width, and quotation marks of languages. #}
{% macro address_edges() -%}
    {{ "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb" }}
{%- endmacro %}
{% macro address_visible(text) -%} translate({{ text }}, '{{ address_edges() }}', '{{ ' ' * address_edges() | length }}') {%- endmacro %}

{#- ---------- where the addresses are. Ranges stand in place of brackets and quotes, which engines read differently inside of [] -#}

{# What almost every address looks like: alone, or behind a name. #}
{% macro plain_address_pattern() -%} ^[a-z0-9!#$%&*+/=?^_{|}~.-]+@[a-z0-9_-]+([.][a-z0-9_-]+)*$ {%- endmacro %}
{% macro named_address_pattern() -%} ^[^@<]*<([a-z0-9!#$%&*+/=?^_{|}~.-]+@[a-z0-9_-]+([.][a-z0-9_-]+)*)>$ {%- endmacro %}
{% macro domain_pattern() -%} [^ -,/:-^`{-~]*[^ -,./:-^`{-~] {%- endmacro %}
{% macro quoted_pattern() -%} ("[^"]*"@{{ domain_pattern() }}) {%- endmacro %}
{% macro unquoted_pattern() -%} [ <>(),:;]([^ <>(),:;]+@{{ domain_pattern() }}) {%- endmacro %}

{# The text without quoted texts and comments (one may stand in another). #}
{% macro address_unquoted(text) -%}
    {%- set comment = '[(][^()]*[)]' -%}
    {{ text_replaced(text_replaced(text_replaced(text, '"[^"]*"@?', ' '), comment, ''), comment, '') }}
{%- endmacro %}
{# What stands before a < is a name. #}
{% macro address_unnamed(text) -%} {{ text_replaced("',' || " ~ text, '[<>,;][^<>,;]*<', '<') }} {%- endmacro %}
{# All that, and a < that nothing follows is left out. #}
{% macro address_list(text) -%}
    translate({{ address_unnamed(text_replaced(address_unquoted(text) ~ " || ','", '<[ >]*[,;]', ',')) }}, '[]"' || chr(1) || chr(2), '     ')
{%- endmacro %}

{% macro first_address(text) -%}
    {%- set quoted = text_extract(text, quoted_pattern()) -%}
    {%- set unquoted = text_extract(address_list(text), unquoted_pattern()) -%}
    coalesce(
        {{ address_trimmed(
            'case when ' ~ text_matches(text, '"@') ~ ' and coalesce(strpos(' ~ text ~ ', ' ~ quoted ~ ') < strpos(' ~ text ~ ', ' ~ unquoted ~ '), true)'
            ~ ' then coalesce(' ~ quoted ~ ', ' ~ unquoted ~ ') else ' ~ unquoted ~ ' end'
        ) }},
        {{ address_trimmed("trim(both ' <>,;:()\"' from " ~ address_unnamed(address_unquoted(text)) ~ ')') }}
    )
{%- endmacro %}

{# How many addresses there are, and the one of that number: those without quotes come first. #}
{% macro address_count(text) -%}
    greatest(1, least(50, {{ text_count(address_list(text), unquoted_pattern()) }} + {{ text_count(text, quoted_pattern()) }}))
{%- endmacro %}
{% macro address_at(text, number) -%}
    {%- set unquoted = text_count(address_list(text), unquoted_pattern()) -%}
    {{ address_trimmed(
        'case when ' ~ number ~ ' <= ' ~ unquoted ~ ' then ' ~ text_found(address_list(text), unquoted_pattern(), number)
        ~ ' else ' ~ text_found(text, quoted_pattern(), 'greatest(1, ' ~ number ~ ' - ' ~ unquoted ~ ')') ~ ' end'
    ) }}
{%- endmacro %}

{% macro address_trimmed(address) -%}
    nullif(replace(replace(trim(both '{{ address_edges() }}''' from {{ address }}), chr(2), chr(92) || '"'), chr(1), chr(92) || chr(92)), '')
{%- endmacro %}

{# Ten and five rows: DuckDB runs all that follows once for each part of a union. #}
{% macro numbers_to_50() -%} (select 10 * tens.number + ones.number as number from {{ numbers(0, 4) }} as tens cross join {{ numbers(1, 10) }} as ones) {%- endmacro %}
{% macro numbers(first, last) -%} ({% for number in range(first, last + 1) %}{{ ' union all ' if not loop.first }}select {{ number }} as number{% endfor %}) {%- endmacro %}
