/** In the place of a form, for those who came here by its address. */
export function NotAllowed({ onClose }: { onClose: () => void }) {
  return (
    <>
      <p className="alert" role="alert">
        Seu perfil não permite esta ação.
      </p>
      <div className="buttons">
        <button onClick={onClose}>Fechar</button>
      </div>
    </>
  );
}
