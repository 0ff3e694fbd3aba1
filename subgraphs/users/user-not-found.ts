import { DomainError } from '../../platform/foundation/errors.ts';
import { describeInput } from '../client-input.ts';

export function userNotFound(userId: string): DomainError {
  return new DomainError('USER_NOT_FOUND', `there is no user ${describeInput(userId)}`, { field: 'input.userId' });
}
