Rails.application.routes.draw do
  root "orders#index"
  get "up" => "rails/health#show"
end
