/** The flows that are lived through. */
import { chooseSubject, type Subject } from '../../local/demo/subject.ts'

/** One way from a pull request to a preview. */
export interface Flow {
  readonly name: string
  readonly title: string
  readonly subject: Subject
}

/** In the order in which they are lived. */
export const flows: readonly Flow[] = [
  { name: 'guide', title: 'As in the guide', subject: chooseSubject('EnvironmentProvisioner', undefined) },
  { name: 'flux', title: 'With Flux', subject: chooseSubject('Environment', undefined) },
]
