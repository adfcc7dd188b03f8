import { defineHandler } from 'nitro/h3'
import { notes } from '../page.ts'

export default defineHandler(async ({ req, context }) => {
  const form = req.method === 'POST' ? await req.formData() : null
  return notes(context.user, String(form?.get('text') ?? ''))
})
