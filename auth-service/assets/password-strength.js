// Guesses, while a password is typed, how long it would stand up to guessing. Only the server decides.
const COMMON = /pass(word|wort|phrase)?|qwert[yz]?|asdf|letmein|welcome|admin|login|iloveyou|dragon|monkey/g

const plain = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

/** About how many characters nobody could foresee. */
function surprise(password, known) {
  const rest = known.reduce((text, word) => text.replaceAll(word, '*'), plain(password)).replace(COMMON, '*')
  const seen = new Set()
  let sum = 0
  let last = -9
  for (const character of rest) {
    const code = character.codePointAt(0)
    sum += Math.abs(code - last) < 2 ? 0.2 : seen.has(character) ? 0.6 : 1
    seen.add(character)
    last = code
  }
  return sum
}

/** 0 for too short, then 1 to 4. */
function score(password, known, minimum) {
  if ([...password.normalize('NFKC')].length < minimum) return 0
  const sum = surprise(password, known)
  return 1 + [7, 11, 15].filter((step) => sum >= step).length
}

for (const meter of document.querySelectorAll('[data-strength-of]')) {
  const { strengthOf, minimum, words } = meter.dataset
  const input = document.getElementById(strengthOf)
  const said = meter.querySelector('[role=status]')

  input?.addEventListener('input', () => {
    const known = [...input.form.querySelectorAll('[type=text], [type=email]')]
      .flatMap(({ value }) => plain(value).split(/[^\p{L}\p{N}]+/u))
      .filter((word) => word.length > 2)
    const result = score(input.value, known, Number(minimum))
    const text = input.value === '' ? '' : words.split('|')[result]
    if (text) meter.dataset.score = result
    else delete meter.dataset.score
    // Written only where it changes: it is read out each time.
    if (said.textContent !== text) said.textContent = text
  })
}
