/** Conditions as Kubernetes and kstatus understand them. */
import * as z from 'zod'

/** metav1.Condition. */
export const Condition = z.object({
  type: z.string().max(316).describe('What is spoken of: `Ready`, `Reconciling` or `Stalled`.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: z.string().max(1024).describe('One CamelCase word from the catalogue of codes.'),
  message: z.string().max(32768).describe('What it means for this object: the thing, the cause, the mend.'),
  lastTransitionTime: z.string().meta({ format: 'date-time' }).describe('When `status` last changed.'),
  observedGeneration: z.int().min(0).optional().describe('The generation of the object this was said of.'),
})
export type Condition = z.infer<typeof Condition>
