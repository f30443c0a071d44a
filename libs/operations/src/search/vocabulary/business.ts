/**
 * Words for money, customers, shops, staff and paperwork. `said > meant | related` stands for one direction, a line without `>` for both.
 * Written from general knowledge of APIs, never from the labelled queries.
 */
export const BUSINESS = `
guy bloke dude lady man woman folks punter client shopper > customer user person | contact
folks everybody everyone people staff crew > users members people | employees
boss manager supervisor chief head_of > manager owner | user admin
colleague coworker teammate buddy mate friend > user member | contact
bob alice anna john mary tom jane peter laura marc paul kate > | user member person
stranger visitor guest > guest user | external
cash dough bucks dollars euros pounds cents money_in_the_bank > balance amount payment | money
earnings income revenue turnover sales takings proceeds > payments charges report | balance transactions
spent spending expenditure outgoings burn > expense cost usage billing | transactions
paid_out > payout
bill tab invoice_pdf > invoice | statement
overdue late unpaid outstanding past_due > open due | unpaid status
line_item position entry_on_the_bill > invoiceitem item line | invoice
instalment installment payment_plan > schedule subscription payment
down_payment deposit prepayment > payment deposit
tip gratuity > tip
plastic visa mastercard amex credit_card debit_card card_number > card payment_method source
paypal apple_pay google_pay klarna > payment_method wallet payment
preauthorize preauth block_an_amount > authorize payment_intent capture
chargeback disputed contested > dispute | charge
scam scammer fraudulent fraud stolen_card > fraud radar dispute | risk review
monthly_fee monthly_payment recurring_payment standing_order direct_debit membership_fee > subscription mandate | recurring plan
free_trial trial_period > trial subscription
cancel_my_plan stop_paying leave_the_plan > subscription cancel
special_offer deal discount_code rebate off_code percent_off money_off voucher black_friday bargain > coupon promotion discount | code
gift_card gift_voucher store_credit loyalty_points bonus_points > gift card credit | reward loyalty
price_tag pricing rates > price | plan
vat_number tax_id > tax id | customer
sales_tax vat gst > tax rate
pay_slip payslip paycheck wages salary pay_day > payroll payment | employee
bank_details routing_number iban account_number sort_code > bank account | external
exchange_rate dollar_rate > currency rate exchange | conversion
crypto bitcoin ethereum coin token_wallet > crypto wallet currency
ledger books bookkeeping accounting accounts > journal ledger entry account | accounting report
profit loss p_and_l profit_and_loss balance_sheet cash_flow > report financial | profit loss
purchase_order po > purchase order
supplier vendor contractor > vendor supplier | contact
credit_note > credit note | refund
mileage travel_costs receipts > expense receipt
approve_expenses expense_claim expense_report > expense report | approve
cart trolley shopping_bag shopping_basket > cart checkout | basket
checkout_link pay_link place_to_pay link_where_they_can_pay > payment link checkout
goods stuff_we_sell wares merchandise articles items_for_sale > product | item catalog
variant flavour colour_option > variant product | option
out_of_stock in_stock how_many_left sold_out stock_level stock_levels availability_of > inventory stock level | quantity product
restock replenish > inventory adjust stock | update
warehouse depot storeroom > location warehouse inventory
best_seller bestseller top_selling > report top products
return_label send_back rma > return refund | shipment label
parcel box package post_packet > shipment parcel package | tracking
where_is_my_parcel where_is_my_order track_my_package track_and_trace > track shipment tracking | order status delivery
courier carrier ups fedex dhl > carrier shipment | shipping rate
postage shipping_cost delivery_cost freight > shipping rate | quote
shipping_label postage_label > label shipment
dispatch ship_out sent_out > fulfill fulfillment shipment | ship
delivered arrived > delivery status | shipment
customs import_duty > customs declaration duty
lead prospect hot_lead potential_customer sales_lead > lead contact | deal
deal opportunity sale prospect_deal > deal opportunity | pipeline
won lost closed_won closed_lost > deal status stage | close
crm address_book rolodex phone_book contacts_list > contacts | people directory
company firm business corporation > company organization account
activity_log call_log logged_call note_about_customer > activity engagement note | call
quote offer quotation proposal > quote | estimate
territory region_of_sales > territory
pitch sales_call demo_call > meeting activity | call
support_request complaint help_request customer_question helpdesk > ticket case | conversation issue
escalate bump_up raise_priority > update priority | escalate ticket
canned_response macro standard_answer > macro template
csat satisfaction how_happy happy_customers nps > satisfaction rating survey | score
sla response_time > sla policy
knowledge_base help_center faq help_pages > article | knowledge help
employee worker staff_member hire new_joiner new_starter > employee | user person
candidate applicant job_seeker > candidate application | applicant
cv resume curriculum > resume candidate | attachment document
opening vacancy open_position open_role job_ad job_posting > job posting | position opening
interview > interview | schedule candidate event
holiday vacation leave day_off sick_day pto annual_leave > leave absence vacation time_off | request
timesheet hours_worked clock_in clock_out worked_hours > time entry timesheet | timer hours
start_the_timer stop_the_timer > timer time entry | start stop
raise pay_rise bonus > compensation salary
org_chart reporting_line who_reports_to > manager employee | reports directory
performance_review appraisal > review performance
benefits perks insurance_plan > benefit
contract agreement deal_paper paperwork > document contract agreement | template
sign_here signature_request get_it_signed docusign e_signature > signature envelope sign | request document
nda terms legal_paper > agreement document
newsletter mailing blast mass_mail mailshot > campaign newsletter | email list
mailing_list subscribers audience opt_in > list audience subscriber | contact member segment
opt_out unsubscribe_me stop_sending > unsubscribe | suppression remove list
bounced undelivered not_delivered > bounce | suppression delivery
opened clicked open_rate click_rate > statistics report opens clicks | engagement
ab_test split_test experiment > experiment test | variant
landing_page sign_up_page > page form
ad advert commercial promotion_campaign > ad campaign
ad_spend ad_budget > budget campaign | insights
keyword keywords search_terms > keyword
visitors page_views hits traffic audience_numbers > views traffic analytics | report visitors sessions
funnel conversion conversion_rate drop_off > funnel conversion | report
dashboard chart graph plot > dashboard | report widget chart
kpi key_figures numbers figures > metric report | statistics
tweet post_on_twitter status_update toot > tweet post status | create
retweet repost reblog share_a_post > retweet share | post
hashtag trending what_is_trending > trends hashtag | topics
like_a_post heart likes > like | favorite
dm direct_message private_message pm > direct message conversation | send
story reel short clip > media video story
influencer creator channel_owner > user channel
donation donate charity > donation | payment fund
event_ticket admission entry_ticket > ticket order event | attendee
venue hall > venue location
rsvp going attending coming > attendee response | event
reservation table_for_two booking > booking reservation | availability
flight plane air_ticket > flight | offer order
hotel room_for_the_night place_to_stay lodging airbnb > hotel listing | booking offer
taxi cab lift ride uber > ride trip | request estimate
prescription medicine drug pill > medication prescription
doctor_visit appointment checkup > appointment | patient schedule
blood_pressure heart_rate steps sleep_data weight > observation measurement activity | health
grade marks exam homework > grade assignment course | submission
lecture lesson class > course
pupil student > student | enrollment user
vote ballot straw_poll > poll vote
quiz questionnaire > form survey | question response
answers_to responses_to who_answered > responses submissions | form survey
house flat apartment property home_for_sale > listing property
wire remit > transfer payout | bank
contested > dispute disputed
evidence proof > dispute evidence
on_sale > product list | price
initiative programme > project
chores > tasks
shopper > customer
purchase purchases > order charge payment | checkout
`
