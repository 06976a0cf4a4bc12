{#- Addresses as people, programs and foreign servers write them. Every model reads them by these macros, and each pattern is linear:
    a foreign server may write any text (tests/dbt/engine/promises_addresses.py has what each gives). -#}

{# read_address: the CTEs up to `read_<address>`: the rows of `relation` with one more column `address`: the first address in the column
   `text`, in lower case (ASCII letters); the tag after + stays. Names, comments, brackets, a prefix such as `rfc822;` and blanks around it
   are left out; a quoted local part keeps its characters. A text without an address is what is left of it; NULL when nothing is.
   Each step has a column of its own, whose name begins with that of the address. #}
{% macro read_address(relation, text, address) -%}
    {{ address_steps(relation, text, address) }},

    read_{{ address }} as (
        select
            *,
            {{ first_address(address) }} as {{ address }}
        from {{ address }}_found
    )
{%- endmacro %}

{# address_domain: the domain of what read_address gives. NULL where that is not an address, so a domain never has a name or a sentence. #}
{% macro address_domain(address) -%}
    case
        when {{ text_matches(address, plain_address_pattern()) }} then substr({{ address }}, strpos({{ address }}, '@') + 1)
        else {{ text_extract(address_visible(address), '[^ @]@(' ~ domain_pattern() ~ ')$') }}
    end
{%- endmacro %}

{# each_address: the CTEs up to `each_<address>`: a row of `relation` for each address in the column `text`, with the columns `address` (as
   read_address gives it) and `address_number`, from 1. A text that names one address or none keeps one row. At most 50 are taken: SES
   sends to no more. #}
{% macro each_address(relation, text, address) -%}
    {{ address_steps(relation, text, address) }},

    {{ address }}_counted as (
        select
            *,
            case when {{ address }}_spaced like '%@%@%' then {{ text_count(address ~ '_list', unquoted_pattern()) }} else 0 end as {{ address }}_bare_count,
            case when {{ address }}_spaced like '%@%@%' then {{ text_count(address ~ '_spaced', quoted_pattern()) }} else 0 end as {{ address }}_quoted_count
        from {{ address }}_found
    ),

    {{ address }}_listed as (
        select
            *,
            greatest(1, least(50, {{ address }}_bare_count + {{ address }}_quoted_count)) as {{ address }}_count
        from {{ address }}_counted
    ),

    {{ address }}_numbered as (
        select
            listed.*,
            numbers.address_number
        from {{ address }}_listed as listed
        -- by equal counts: a comparison of each row with each number would cost more
        inner join (
            select counts.number as address_count, numbers.number as address_number
            from {{ numbers_to_50() }} as counts
            inner join {{ numbers_to_50() }} as numbers on counts.number >= numbers.number
        ) as numbers on listed.{{ address }}_count = numbers.address_count
    ),

    each_{{ address }} as (
        select
            *,
            case when {{ address }}_count > 1 then {{ address_at(address) }} else {{ first_address(address) }} end as {{ address }}
        from {{ address }}_numbered
    )
{%- endmacro %}

{#- ---------- the steps -#}

{% macro address_steps(relation, text, address) -%}
    {{ address }}_lowered as (
        select
            *,
            {{ address_lowered(text) }} as {{ address }}_lowered
        from {{ relation }}
    ),

    -- almost every address: alone, or behind a name
    {{ address }}_plain as (
        select
            *,
            case
                when {{ text_matches(address ~ '_lowered', plain_address_pattern()) }} then {{ address }}_lowered
                else {{ text_extract(address ~ '_lowered', named_address_pattern()) }}
            end as {{ address }}_plain
        from {{ address }}_lowered
    ),

    -- any other: the patterns of the further steps cost nothing where this is NULL
    {{ address }}_spaced as (
        select
            *,
            case when {{ address }}_plain is null then {{ address_spaced(address ~ '_lowered') }} end as {{ address }}_spaced
        from {{ address }}_plain
    ),

    {{ address }}_unquoted as (
        select
            *,
            {{ address_unquoted(address ~ '_spaced') }} as {{ address }}_unquoted
        from {{ address }}_spaced
    ),

    {{ address }}_list as (
        select
            *,
            {{ address_list(address ~ '_unquoted') }} as {{ address }}_list
        from {{ address }}_unquoted
    ),

    {{ address }}_found as (
        select
            *,
            {{ text_extract(address ~ '_spaced', quoted_pattern()) }} as {{ address }}_quoted,
            {{ text_extract(address ~ '_list', unquoted_pattern()) }} as {{ address }}_bare
        from {{ address }}_list
    )
{%- endmacro %}

{# The address that comes first, and the one of a number: those without quotes come before the others. #}
{% macro first_address(address) -%}
    coalesce(
        {{ address }}_plain,
        {{ address_trimmed(
            'case when coalesce(strpos(' ~ address ~ '_spaced, ' ~ address ~ '_quoted) < strpos(' ~ address ~ '_spaced, ' ~ address ~ '_bare), ' ~ address
            ~ '_bare is null) then ' ~ address ~ '_quoted else ' ~ address ~ '_bare end'
        ) }},
        {{ address_trimmed("trim(both ' <>,;:()\"' from " ~ address_unnamed(address ~ '_unquoted') ~ ')') }}
    )
{%- endmacro %}
{% macro address_at(address) -%}
    {{ address_trimmed(
        'case when address_number <= ' ~ address ~ '_bare_count then ' ~ text_found(address ~ '_list', unquoted_pattern(), 'address_number')
        ~ ' else ' ~ text_found(address ~ '_spaced', quoted_pattern(), 'greatest(1, address_number - ' ~ address ~ '_bare_count)') ~ ' end'
    ) }}
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
{# That of a text without quotes, and a < that nothing follows is left out. #}
{% macro address_list(unquoted) -%}
    translate({{ address_unnamed(text_replaced(unquoted ~ " || ','", '<[ >]*[,;]', ',')) }}, '[]"' || chr(1) || chr(2), '     ')
{%- endmacro %}

{% macro address_trimmed(address) -%}
    nullif(replace(replace(trim(both '{{ address_edges() }}''' from {{ address }}), chr(2), chr(92) || '"'), chr(1), chr(92) || chr(92)), '')
{%- endmacro %}

{# Ten and five rows: DuckDB runs all that follows once for each part of a union. #}
{% macro numbers_to_50() -%} (select 10 * tens.number + ones.number as number from {{ numbers(0, 4) }} as tens cross join {{ numbers(1, 10) }} as ones) {%- endmacro %}
{% macro numbers(first, last) -%} ({% for number in range(first, last + 1) %}{{ ' union all ' if not loop.first }}select {{ number }} as number{% endfor %}) {%- endmacro %}
