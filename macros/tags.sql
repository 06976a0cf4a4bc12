{# exploded_tags: the CTEs up to `tag_texts`: a row per tag and value in the column `tags` of `relation`, with the columns `keep`.
   Tags are a map of arrays of texts; hand-made events have plain text. #}
{% macro exploded_tags(relation, keep) -%}
    tags as (
        {{ json_keys_each(relation, keep, 'tags', 'tag_name', 'tag_values') }}
    ),

    tag_values as (
        {{ json_each('tags', keep + ['tag_name', 'tag_values'], 'tag_values', 'tag_element') }}
    ),

    element_texts as (
        {{ json_strings('tag_values', 'tag_element', {'element_text': []}) }}
    ),

    value_texts as (
        {{ json_strings('element_texts', 'tag_values', {'value_text': []}) }}
    ),

    tag_elements as (
        select
            {{ keep | join(', ') }},
            {{ text_column('tag_name') }},
            {{ text_column('tag_value', 'coalesce(element_text, value_text)') }}
        from value_texts
    ),

    tag_texts as (
        select {{ keep | join(', ') }}, tag_name, tag_value
        from tag_elements
        group by {{ keep | join(', ') }}, tag_name, tag_value
        -- after the grouping: DuckDB would read every text once more for a condition before it
        having max(tag_value) is not null
    )
{%- endmacro %}
