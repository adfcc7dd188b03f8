/** Characters that programs read in several ways, and empty segments. */
const UNCLEAR = /[^!-~]|[#\\;]|\/\//
/** Segments of dots alone. */
const DOTS = /\/\.{1,2}(?=\/|$)/
/**
 * Encoded though it need not be (RFC 3986, section 2.3), so that some programs decode it and others don't: letters,
 * digits, `-._~`. Or with a meaning of its own once it is decoded: control characters and `/\;?#%`.
 */
const NEEDLESSLY_ENCODED = /%(?:[01][0-9a-f]|2[35def]|3[0-9bf]|[46][1-9a-f]|5[0-9acf]|7[0-9aef])/i
/** Windows drops dots and spaces at the end of a name. */
const TRAILING = /(?:\.|%20)(?:\/|$)/
/** Windows opens a folder or file by its streams, `admin::$INDEX_ALLOCATION`, and by its short name, `ADMINI~1`. */
const OTHER_NAME = /:\$|\/[^/]{1,6}~\d(?:\.[^/]{0,3})?(?=\/|$)/
/** Full-width characters, which some programs take for the narrow ones. */
const WIDE = /[\uff01-\uff5e]/

/**
 * Whether an upstream may read this target as another path than the one that rules are compared with. Browsers send no
 * such path by themselves.
 */
export function isAmbiguous(target: string): boolean {
  if (/[^!-~]|#/.test(target)) return true
  const path = pathOf(target)
  const isUnclear = [UNCLEAR, DOTS, NEEDLESSLY_ENCODED, TRAILING].some((pattern) => pattern.test(path))
  return isUnclear || isUnclearDecoded(path)
}

function isUnclearDecoded(path: string): boolean {
  try {
    const decoded = decodeURIComponent(path)
    if (WIDE.test(decoded) || OTHER_NAME.test(decoded)) return true
    // Some programs replace compatible characters, such as a dot leader by a dot.
    const compatible = decoded.normalize('NFKC')
    return DOTS.test(compatible) || separatorsIn(compatible) !== separatorsIn(decoded)
  } catch {
    // A percent sign without digits, or bytes that are not UTF-8.
    return true
  }
}

const separatorsIn = (text: string): number => text.replaceAll(/[^/\\%]/g, '').length

/** The path of a target, without its query. */
export const pathOf = (target: string): string => target.split('?', 1)[0] as string
