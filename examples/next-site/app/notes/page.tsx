import { loginRequired } from '../../auth'
import { MAX_TEXT, notesOf } from '../../lib/notes'
import { addOwnNote } from './actions'

export default async function Notes() {
  const user = await loginRequired()
  return (
    <section className="card">
      <h1>Notes of {user.email}</h1>
      <form action={addOwnNote}>
        <div className="field">
          <label htmlFor="text">Text</label>
          <input id="text" name="text" required maxLength={MAX_TEXT} />
        </div>
        <button type="submit" className="button">
          Add
        </button>
      </form>
      <ul className="rows">
        {notesOf(user.id).map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
    </section>
  )
}
