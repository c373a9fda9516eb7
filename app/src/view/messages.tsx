/** Errors, and the line that is read aloud. */
import { closeError, errors, status } from '../state/messages.ts';
import { CloseIcon } from './icons.tsx';

export function Messages() {
  return (
    <div class="messages">
      <p class="hidden" role="status">
        {status.value}
      </p>
      <div role="alert">
        {errors.value.map(({ id, text, detail }) => (
          <div key={id} class="error">
            <div>
              <p>{text}</p>
              {detail && <p class="error-detail">{detail}</p>}
            </div>
            <button
              type="button"
              class="button button-icon"
              aria-label="Close this message"
              onClick={() => closeError(id)}
            >
              <CloseIcon />
            </button>
          </div>
        ))}
      </div>
    </div>
  );
}
