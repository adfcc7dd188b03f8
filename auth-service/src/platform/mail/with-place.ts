import type { Language } from '../i18n/language.ts'
import type { Message } from '../i18n/message.ts'

/** A device and its location; `''` if unknown. */
export const withPlace = ({ say }: Language, device: Message, place: string): string =>
  place === '' ? say(device) : say('{device}, from {place}', { device: say(device), place })
