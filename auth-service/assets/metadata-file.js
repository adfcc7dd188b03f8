// Reads a chosen file into the text field that is sent, so that the form stays as it is. Only the server decides.

/** The file's text by its byte order mark or XML declaration, which then no longer names an encoding. Throws if it is not text. */
function decoded(bytes) {
  const start = new TextDecoder('latin1').decode(bytes.slice(0, 200))
  // .NET declares UTF-16 in what it writes as UTF-8.
  const [, , declared = 'utf-8'] =
    /^<\?xml\s[^>]*?encoding\s*=\s*(["'])(?!utf-16)([\w.:-]+)\1/i.exec(start) ?? []
  const encoding = start.startsWith('ÿþ') ? 'utf-16le' : start.startsWith('þÿ') ? 'utf-16be' : declared
  const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
  return text.replace(/^(<\?xml\s[^>]*?)\s+encoding\s*=\s*(["'])[\w.:-]+\2/, '$1')
}

/** What is wrong at first sight. Not by DOMParser: Chromium's page about its errors has styles that our policy blocks. */
function problemIn(text) {
  if (!/^<.*>$/s.test(text.trim())) return 'notXml'
  return /<(?:[\w.-]+:)?EntityDescriptor[\s>]/.test(text) ? null : 'noMetadata'
}

/** Bytes of the form with this text, as browsers send it. */
function sizeWith(text, field) {
  const data = new FormData(field.form)
  data.set(field.name, text)
  const sent = [...data].map(([name, value]) => [name, value.replace(/\r?\n/g, '\r\n')])
  return new URLSearchParams(sent).toString().length
}

/** Fills in the field, and returns what to say. */
async function read(file, field, longest, isCurrent) {
  if (file.size > longest) return 'tooLarge'
  const bytes = await file.arrayBuffer().catch(() => null)
  if (!isCurrent()) return null
  if (bytes === null) return 'unreadable'
  let text
  try {
    text = decoded(bytes)
  } catch {
    return 'notXml'
  }
  const problem = problemIn(text) ?? (sizeWith(text, field) > longest ? 'tooLarge' : null)
  if (problem === null) field.value = text
  return problem ?? 'done'
}

for (const box of document.querySelectorAll('[data-file-for]')) {
  const field = document.getElementById(box.dataset.fileFor)
  const input = box.querySelector('input')
  const said = box.querySelector('[role=status]')
  box.hidden = false

  // Browsers report no change if the same file is chosen again, which may have another content by then.
  input.addEventListener('click', () => {
    input.value = ''
  })
  input.addEventListener('change', async () => {
    const [file] = input.files
    if (!file) return
    const result = await read(file, field, Number(box.dataset.longest), () => input.files[0] === file)
    if (result === null) return
    const isDone = result === 'done'
    said.className = isDone ? 'hint' : 'error'
    said.textContent = box.dataset[result].replace('{file}', () => file.name)
    if (isDone) input.removeAttribute('aria-invalid')
    else input.setAttribute('aria-invalid', 'true')
  })
}
