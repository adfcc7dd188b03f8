import type { Language } from '../i18n/language.ts'
import type { Words } from '../i18n/message.ts'

/** A device and its location; `''` if unknown. */
export const withPlace = ({ say }: Language, device: Words, place: string): string =>
  place === '' ? say(device) : say('{device}, from {place}', { device: say(device), place })
