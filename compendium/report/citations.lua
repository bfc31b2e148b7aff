-- A citation of the prose, handed over as raw text because the reader of Markdown knows none.
function RawInline(raw)
  if raw.format == 'cite' then
    return pandoc.utils.blocks_to_inlines(pandoc.read(raw.text, 'markdown').blocks)
  end
end
