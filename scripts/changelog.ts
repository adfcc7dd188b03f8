/** `CHANGELOG.md` in the form of Keep a Changelog: a part per version, newest first, headed `## [1.2.3] - 2026-01-31`. */
const UNRELEASED = '## [Unreleased]\n'

/** Gives the unreleased part a version and a date. Throws if there is none, or nothing in it, or the version has a part. */
export function dateUnreleased(changelog: string, version: string, date: string): string {
  if (partOf(changelog, version) !== null) throw new Error(`CHANGELOG.md has a part for ${version} already.`)
  if (!partOf(changelog, 'Unreleased')) throw new Error('CHANGELOG.md has nothing under "## [Unreleased]".')
  return changelog.replace(UNRELEASED, `${UNRELEASED}\n## [${version}] - ${date}\n`)
}

/** The notes of a version. Throws if the changelog has none. */
export function notesOf(changelog: string, version: string): string {
  const part = partOf(changelog, version)
  if (!part) throw new Error(`CHANGELOG.md has no part for ${version}. Run: npm run release:version`)
  return part
}

/** What stands under a version's heading; `null` without that heading. */
function partOf(changelog: string, version: string): string | null {
  const parts = changelog.split(/^(?=## )/m)
  const part = parts.find((one) => one.startsWith(`## [${version}]`))
  return part?.slice(part.indexOf('\n')).trim() ?? null
}
