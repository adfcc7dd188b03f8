'use server'

import { revalidatePath } from 'next/cache'
import { loginRequired } from '../../auth'
import { addNote, MAX_TEXT } from '../../lib/notes'

/** Anyone can send what a form sends, so the guard is here once more. */
export async function addOwnNote(form: FormData): Promise<void> {
  const user = await loginRequired()
  const text = String(form.get('text') ?? '').trim()
  if (text !== '') addNote(user.id, text.slice(0, MAX_TEXT))
  revalidatePath('/notes')
}
