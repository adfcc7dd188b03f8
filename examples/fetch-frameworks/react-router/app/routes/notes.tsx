import { Form } from 'react-router'
import { userContext } from '../latchkey.server'
import type { Route } from './+types/notes'

export function loader({ context }: Route.LoaderArgs) {
  const user = context.get(userContext)
  return { heading: `Notes of ${user?.isAuthenticated && user.email}` }
}

export async function action({ request }: Route.ActionArgs) {
  return { added: String((await request.formData()).get('text')) }
}

export default function Notes({ loaderData, actionData }: Route.ComponentProps) {
  return (
    <>
      <h1>{loaderData.heading}</h1>
      <Form method="post">
        <label>
          Text <input name="text" />
        </label>
        <button type="submit">Add</button>
      </Form>
      <p id="added">{actionData?.added}</p>
    </>
  )
}
