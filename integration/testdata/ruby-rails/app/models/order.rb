class Order < ApplicationRecord
  validates :title, presence: true
end
