{# two_digits: a number of one or two digits as two digits. #}
{% macro two_digits(text) -%} substr('0' || {{ text }}, length({{ text }}), 2) {%- endmacro %}
