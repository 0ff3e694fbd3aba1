/** The product's sign. */
export function Logo() {
  return (
    <svg className="logo" width="28" height="28" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" />
      <path d="M9 21.5 14 10l4 8 2.6-4.5L24 21.5" />
      <circle cx="9" cy="21.5" r="2.2" />
      <circle cx="24" cy="21.5" r="2.2" />
    </svg>
  );
}
