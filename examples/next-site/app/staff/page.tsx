import { endSession, staffRequired } from '../../auth'

async function leave() {
  'use server'
  await endSession()
}

export default async function Staff() {
  const user = await staffRequired()
  return (
    <section className="card">
      <h1>Staff</h1>
      <p>For staff alone, such as {user.email}.</p>
      <form action={leave}>
        <button type="submit" className="button quiet">
          Leave
        </button>
      </form>
    </section>
  )
}
