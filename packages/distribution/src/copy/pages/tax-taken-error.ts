import { ApplicationError } from '../../errors.ts'
import type { PlannedTax } from '../plan/plan.ts'

/** A tax of the distributor that was written is not there: the store's table takes it for another one, or keeps it otherwise. */
export class TaxTakenError extends ApplicationError {
  readonly code = 'TAX_TAKEN'

  constructor({ name, percentage }: PlannedTax, companyId: number) {
    super({
      es: `La tienda ${companyId} no guardó el impuesto «${name}» (${percentage} %). Su tabla cnf_taxes lo toma por otro que ya tiene, o redondea su porcentaje: ejecute «tenants:migrate --tenant=» con el tenant de la tienda, revise las columnas «name» y «percentage», y copie de nuevo.`,
      en: `Store ${companyId} did not keep the tax "${name}" (${percentage} %). Its table cnf_taxes takes it for another that it has, or rounds its percentage: run "tenants:migrate --tenant=" with the store's tenant, look at the columns "name" and "percentage", and copy again.`,
    })
  }
}
