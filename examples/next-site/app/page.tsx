import { getUser } from '../auth'
import { nameOf } from '../lib/name'

export default async function Start() {
  const user = await getUser()
  return (
    <section className="card">
      <h1>{user.isAuthenticated ? `Hello ${nameOf(user)}` : 'Hello'}</h1>
      <p>{user.isAuthenticated ? `You are ${user.email}.` : 'You are anonymous.'}</p>
    </section>
  )
}
