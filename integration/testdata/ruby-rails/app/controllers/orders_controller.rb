class OrdersController < ApplicationController
  def index
    ActiveRecord::MigrationContext.new(Rails.root.join("db/migrate")).migrate
    Order.create!(title: "Tee, grün")
    @orders = Order.all
  end
end
