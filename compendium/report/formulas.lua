-- A formula needs an alternative text in an accessible PDF: its source.
function Math(formula)
  local block = formula.mathtype == 'DisplayMath' and 'true' or 'false'
  local alt = pandoc.json.encode(formula.text)
  return {
    pandoc.RawInline('typst', '#math.equation(block: ' .. block .. ', alt: ' .. alt .. ', '),
    formula,
    pandoc.RawInline('typst', '.body);'),
  }
end
