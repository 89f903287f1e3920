import { QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { Navigate, Route, Routes } from "react-router";

import { Banner } from "./layout/Banner";
import { NotFoundPage } from "./layout/NotFoundPage";
import { newQueryClient } from "./queries";
import { LoginPage } from "./session/LoginPage";
import { RegisterPage } from "./session/RegisterPage";
import { SignedIn } from "./session/SignedIn";
import { SignedOut } from "./session/SignedOut";
import { SignOut } from "./session/SignOut";
import { StatisticsPage } from "./statistics/StatisticsPage";
import { UpdateUser } from "./users/UpdateUser";
import { CreateUser } from "./users/CreateUser";
import { UsersPage } from "./users/UsersPage";
import { ViewUser } from "./users/ViewUser";
import { DeleteUser } from "./users/DeleteUser";

export function App() {
  const [queries] = useState(newQueryClient);

  return (
    <QueryClientProvider client={queries}>
      <a className="skip" href="#conteudo">
        Ir para o conteúdo
      </a>
      <Banner />
      <Routes>
        <Route element={<SignedOut />}>
          <Route path="entrar" element={<LoginPage />} />
          <Route path="criar-conta" element={<RegisterPage />} />
        </Route>
        <Route path="sair" element={<SignOut />} />
        <Route element={<SignedIn />}>
          <Route index element={<Navigate to="/usuarios" replace />} />
          <Route path="usuarios" element={<UsersPage />}>
            <Route path=":id/editar" element={<UpdateUser />} />
            <Route path="novo" element={<CreateUser />} />
            <Route path=":id" element={<ViewUser />} />
            <Route path=":id/excluir" element={<DeleteUser />} />
          </Route>
          <Route path="estatisticas" element={<StatisticsPage />} />
          <Route path="*" element={<NotFoundPage />} />
        </Route>
      </Routes>
    </QueryClientProvider>
  );
}
