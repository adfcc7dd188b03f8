import type { Language } from '../languages/language.ts'
import type { Words } from '../languages/message.ts'

/** A device, and where it was; `''` where nobody knows. */
export const withPlace = ({ say }: Language, device: Words, place: string): string =>
  place === '' ? say(device) : say('{device}, from {place}', { device: say(device), place })
